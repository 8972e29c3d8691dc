"""What is found in texts, and what is not."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.middlewares.safety.detectors import (
    DETECTORS,
    custom_detector,
    find_all,
    may_contain_any,
)

FOUND = [
    ("email", "Write to ada.lovelace+x@mail.example.co.uk.", "ada.lovelace+x@mail.example.co.uk"),
    ("email", "<ada@example.com>", "ada@example.com"),
    ("phone", "call +49 30 901820 now", "+49 30 901820"),
    ("phone", "call +1 (415) 555-2671.", "+1 (415) 555-2671"),
    ("phone", "(415) 555-2671", "(415) 555-2671"),
    ("phone", "415-555-2671", "415-555-2671"),
    ("phone", "06 12 34 56 78", "06 12 34 56 78"),
    ("phone", "030/901820", "030/901820"),
    ("phone", "+4930901820", "+4930901820"),
    ("card", "card 4111 1111 1111 1111,", "4111 1111 1111 1111"),
    ("card", "378282246310005", "378282246310005"),
    ("card", "5555-5555-5555-4444", "5555-5555-5555-4444"),
    ("iban", "to DE89 3704 0044 0532 0130 00 please", "DE89 3704 0044 0532 0130 00"),
    ("iban", "GB82WEST12345698765432", "GB82WEST12345698765432"),
    ("iban", "GB82 WEST 1234 5698 7654 32 OK", "GB82 WEST 1234 5698 7654 32"),
    ("ip", "from 203.0.113.7:8080", "203.0.113.7"),
    ("ip", "from 2001:db8::8a2e:370:7334.", "2001:db8::8a2e:370:7334"),
    ("key", "key sk-proj-abcdefghijklmnopqrstuvwx", "sk-proj-abcdefghijklmnopqrstuvwx"),
    ("key", "AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
    ("key", "ghp_" + "a1B2" * 9, "ghp_" + "a1B2" * 9),
    ("key", "xoxb-123456789012-abcdef", "xoxb-123456789012-abcdef"),
    ("key", "AIza" + "x" * 35, "AIza" + "x" * 35),
    (
        "key",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----",
    ),
]

NOT_FOUND = [
    ("email", "ada@localhost and @handle and a@b"),
    ("phone", "in 2024, 12345 people; 3.14159265; 2024-01-15; version 1.2.3; 1,000,000"),
    ("phone", "order 1234567890123 of 10-20-30"),
    ("card", "4111 1111 1111 1112 and 0000 0000 0000 0000"),
    ("iban", "DE89 3704 0044 0532 0130 01"),
    ("ip", "127.0.0.1, ::1, 999.1.1.1, 12:30:45, std::vector, a::b"),
    ("key", "sk-short, task-force-of-many-people-indeed"),
]


@pytest.mark.parametrize(("kind", "text", "value"), FOUND)
def test_found(kind: str, text: str, value: str) -> None:
    (found,) = find_all(text, [DETECTORS[kind]])
    assert text[found.start : found.end] == value
    assert found.kind == kind.upper()


@pytest.mark.parametrize(("kind", "text"), NOT_FOUND)
def test_not_found(kind: str, text: str) -> None:
    assert find_all(text, [DETECTORS[kind]]) == []


@pytest.mark.parametrize(("kind", "text", "value"), FOUND)
def test_the_right_kind_wins_among_all(kind: str, text: str, value: str) -> None:
    found = find_all(text, list(DETECTORS.values()))
    assert [each.kind for each in found] == [kind.upper()]


@given(st.text(st.characters(max_codepoint=0x250), max_size=300))
def test_any_text_is_read(text: str) -> None:
    found = find_all(text, list(DETECTORS.values()))
    ends = [(each.start, each.end) for each in found]
    assert ends == sorted(ends)
    assert all(one[1] <= other[0] for one, other in pairwise(ends))


@pytest.mark.parametrize("piece", ["a@", "+1 ", "1 ", "DE12 ", "1:", "sk-", "0-", "a.", "ey."])
def test_no_text_takes_long(piece: str) -> None:
    """Patterns read each character a bounded number of times: no limit of time, a large text."""
    assert isinstance(find_all(piece * 5000, list(DETECTORS.values())), list)


@pytest.mark.parametrize(("kind", "text", "value"), FOUND)
def test_what_is_found_is_not_passed_over(kind: str, text: str, value: str) -> None:
    assert may_contain_any(value), (kind, text)


@given(st.text(st.sampled_from("ab09@:.-_+ AIzasykeJxoxghp"), max_size=60))
def test_nothing_is_passed_over(text: str) -> None:
    assert may_contain_any(text) or find_all(text, list(DETECTORS.values())) == []


def test_custom_patterns() -> None:
    detector = custom_detector("order", re.compile(r"ord-\d+", re.IGNORECASE))
    (found,) = find_all("see ORD-17", [detector])
    assert (found.kind, found.start) == ("ORDER", 4)


@pytest.mark.parametrize(
    ("name", "pattern", "message"),
    [
        ("A", "(", r"patterns\['A'\]: '\(' does not compile: missing \)"),
        ("A", "x*", "matches the empty text"),
        ("A B", "x", "letters, digits and '_' only"),
        ("A", 3, "expected a regular expression, got 3"),
    ],
)
def test_patterns_that_do_not_work(name: str, pattern: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        custom_detector(name, pattern)
