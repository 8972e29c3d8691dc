"""The engine "httpx" passes tests of our own connections through proxies."""

from __future__ import annotations

import pytest

from tests.pipeline.transport.test_proxies import (
    start,
    test_a_call,
    test_no_frame_has_the_password_of_a_proxy,
)

__all__ = [
    "start",
    "test_a_call",
    "test_no_frame_has_the_password_of_a_proxy",
]

pytestmark = pytest.mark.usefixtures("engine")
