"""Providers' dates as seconds since 1970, as in OpenAI's `created`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime


def read_timestamp(text: str | None) -> int:
    """Return the seconds of an RFC 3339 timestamp, 0 if it is missing or cannot be read."""
    try:
        return int(datetime.fromisoformat(text or "").timestamp())
    except ValueError:
        return 0


def read_date(headers: Mapping[str, str]) -> int:
    """Return the seconds of the Date header (RFC 9110, section 6.6.1), 0 if there is none."""
    try:
        return int(parsedate_to_datetime(headers.get("date", "")).timestamp())
    except ValueError:
        return 0
