"""Find personal data and secrets in text, with patterns and check digits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import ip_address
from typing import Any, Protocol, cast

from msgspec import Struct

from ...pipeline.errors import BadRequestError, InvalidArgumentError
from ..checked_arguments import is_list, refuse_awaitable


class Found(Struct, frozen=True):
    """A piece of text that must not leave: its place and its kind, in capitals."""

    start: int
    end: int
    kind: str


#: Returns what it finds in a text.
Detector = Callable[[str], Iterator[Found]]

_EMAIL = re.compile(
    r"(?<![\w.+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])"
)
# International numbers, North America's, and those with an area code that begins with 0.
_PHONE = re.compile(
    r"(?<![\w+.])(?:\+|00)[1-9](?:[ .\-/]?\(?\d{1,4}\)?){2,7}(?!\w)"
    r"|(?<![\w.-])(?:\+?1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\w-])"
    r"|(?<![\w.-])\(?0\d{1,4}\)?[ /-]\d{2,8}(?:[ -]\d{2,4}){0,4}(?![\w-])"
)
_CARD = re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
_IP4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
_IP6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:]{2,39}(?:\d{1,3}(?:\.\d{1,3}){3})?(?![\w:])")
# Formats that their issuers document, or that GitHub's secret scanning knows.
# https://docs.github.com/en/code-security/reference/secret-security/supported-secret-scanning-patterns
_KEY = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]{1,20000}?-----END [A-Z ]{0,30}PRIVATE KEY-----"
    r"|(?<![\w-])(?:"
    r"sk-[A-Za-z0-9_-]{20,}"
    r"|(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}"
    r"|(?:AKIA|ASIA)[0-9A-Z]{16}"
    r"|gh[pousr]_[A-Za-z0-9]{36,}"
    r"|github_pat_[A-Za-z0-9_]{40,}"
    r"|glpat-[A-Za-z0-9_-]{20,}"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,}"
    r"|AIza[0-9A-Za-z_-]{35}"
    r"|(?:hf|gsk|r8|npm|fw|pplx|xai|nvapi|tvly|lsv2)[_-][A-Za-z0-9_-]{30,}"
    r"|pypi-[A-Za-z0-9_-]{50,}"
    r"|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"
    r"|eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"
    r")(?![\w-])"
)
_DIGIT = re.compile(r"\d")


def _find(pattern: re.Pattern[str], kind: str, check: Callable[[str], bool]) -> Detector:
    def detect(text: str) -> Iterator[Found]:
        for match in pattern.finditer(text):
            if check(match[0]):
                yield Found(match.start(), match.end(), kind)

    return detect


def _always(_: str) -> bool:
    return True


def _is_phone(text: str) -> bool:
    return 7 <= len(_DIGIT.findall(text)) <= 15


def _is_card(text: str) -> bool:
    """Return whether the check digit is right, by Luhn's algorithm (ISO/IEC 7812-1)."""
    digits = [int(digit) for digit in _DIGIT.findall(text)]
    if len(set(digits)) == 1:
        return False
    doubled = [2 * digit - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_public_ip(text: str) -> bool:
    if not _DIGIT.search(text) or text.count(":") == 1:
        return False
    try:
        address = ip_address(text)
    except ValueError:
        return False
    # Every machine has these.
    return not (address.is_loopback or address.is_unspecified)


def _find_ibans(text: str) -> Iterator[Found]:
    for match in _IBAN.finditer(text):
        # What follows may look like a further group.
        candidate = match[0]
        while len(candidate) >= 15:
            if _is_iban(candidate):
                yield Found(match.start(), match.start() + len(candidate), "IBAN")
                break
            candidate = candidate[: max(candidate.rfind(" "), 0)]


def _is_iban(text: str) -> bool:
    """Return whether the check digits are right (ISO 13616)."""
    plain = text.replace(" ", "")
    if not 15 <= len(plain) <= 34:
        return False
    moved = plain[4:] + plain[:4]
    return int("".join(str(int(each, 36)) for each in moved)) % 97 == 1


#: What is found without settings, in the order of precedence where two overlap.
DETECTORS: Mapping[str, Detector] = {
    "key": _find(_KEY, "KEY", _always),
    "email": _find(_EMAIL, "EMAIL", _always),
    "iban": _find_ibans,
    "card": _find(_CARD, "CARD", _is_card),
    "ip": _find(re.compile(f"{_IP4.pattern}|{_IP6.pattern}"), "IP", _is_public_ip),
    "phone": _find(_PHONE, "PHONE", _is_phone),
}


# What is not even similar to anything that the detectors find is passed over quickly.
_MAYBE = re.compile(r"[0-9@]|-----BEGIN|eyJ|AIza|[A-Za-z0-9][_-][A-Za-z0-9_-]{9}")


def may_contain_any(text: str) -> bool:
    """Return whether one of `DETECTORS` could find anything in a text."""
    return _MAYBE.search(text) is not None


def custom_detector(name: str, pattern: str | re.Pattern[str]) -> Detector:
    """Return a detector of a user's own pattern.

    Raises:
        InvalidArgumentError: the pattern does not compile, matches nothing at all, or the name has
            other characters than letters, digits and "_".
    """
    place = f"patterns[{name!r}]"
    if not isinstance(name, str) or re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) is None:  # pyright: ignore[reportUnnecessaryIsInstance]  # see above
        raise InvalidArgumentError(f"{place}: a name has letters, digits and '_' only")
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise InvalidArgumentError(f"{place}: {pattern!r} does not compile: {error}") from error
    except TypeError:
        raise InvalidArgumentError(
            f"{place}: expected a regular expression, got {pattern!r}"
        ) from None
    if compiled.match("") is not None:
        raise InvalidArgumentError(f"{place}: {compiled.pattern!r} matches the empty text")
    return _find(compiled, name.upper(), bool)


class Analyzer(Protocol):
    """The used part of Presidio's AnalyzerEngine."""

    def analyze(self, text: str, language: str) -> list[Any]:
        """Return results with `start`, `end`, `entity_type` and `score`."""
        ...


def presidio_detector(analyzer: Analyzer, language: str, score: float) -> Detector:
    """Return a detector of what an AnalyzerEngine finds with at least this score."""

    def detect(text: str) -> Iterator[Found]:
        results: object = analyzer.analyze(text=text, language=language)
        if not is_list(results):
            raise _no_results(results)
        for result in cast("Iterable[Any]", results):
            try:
                counts = result.score >= score
                found = Found(result.start, result.end, str(result.entity_type).upper())
            except (AttributeError, TypeError):
                raise _no_results(result) from None
            if counts:
                yield found

    return detect


def _no_results(given: object) -> BadRequestError:
    refuse_awaitable("analyzer", given)
    return BadRequestError(
        "analyzer: expected a list of results with start, end, entity_type and score, got "
        f"{type(given).__name__}",
        param="analyzer",
    )


def find_all(text: str, detectors: Iterator[Detector] | list[Detector]) -> list[Found]:
    """Return what the detectors find, in order and without overlaps: the first detector wins."""
    taken: list[Found] = []
    for detect in detectors:
        for found in detect(text):
            if all(found.end <= other.start or found.start >= other.end for other in taken):
                taken.append(found)
    return sorted(taken, key=lambda found: found.start)
