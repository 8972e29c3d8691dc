"""What the transports need to know about an SDK."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct


class SDK(Struct, frozen=True):
    """What the transports need to know about an SDK.

    Attributes:
        errors: the module that has its exceptions.
        default_timeout: its own time limits, which do not change trunkline's.
        address: where it would send requests.
        variable: the environment variable that changes that.
        retries_errors: whether it sends a request again after its own exceptions too. Then a
            failure without a response of a provider is a response with status 502 or 504.
    """

    errors: Any
    default_timeout: Mapping[str, float | None]
    address: str
    variable: str
    retries_errors: bool = False

    def default_host(self) -> str | None:
        """Return the host that the SDK would send requests to."""
        return urlsplit(os.environ.get(self.variable, self.address)).hostname
