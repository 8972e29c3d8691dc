"""Sign requests for AWS with botocore (SigV4).

This module needs the extra; `aws.py` imports it where a call is signed.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
"""

from __future__ import annotations

from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

from ...pipeline.errors import BadRequestError
from ...pipeline.port import HTTPRequest
from ...pipeline.transport.urls import parse_url

_HOST = "Host"


class Signer:
    """Signs requests to one service in one region."""

    __slots__ = ("_credentials", "_region", "_service")

    def __init__(self, credentials: ReadOnlyCredentials, service: str, region: str) -> None:
        self._credentials = credentials
        self._service = service
        self._region = region

    def sign(self, request: HTTPRequest) -> None:
        """Add the headers of the signature; the body must not change afterwards.

        Raises:
            BadRequestError: a header cannot be signed; the message does not show its value.
        """
        for name, value in request.headers.items():
            if not (name.isascii() and value.isascii() and value.isprintable()):
                raise BadRequestError(
                    f"header {name!r}: AWS signs only printable ASCII characters",
                    param="extra_headers",
                )
        address, mark, query = request.url.partition("?")
        # A signature requires %20 for spaces.
        request.url = address + mark + query.replace("+", "%20")
        # The host as it is sent. Without it, botocore parses the URL for it, twice.
        headers = {**request.headers, _HOST: parse_url(request.url).authority.decode()}
        signed = _Signed(request.method, request.url, headers, request.body)
        SigV4Auth(self._credentials, self._service, self._region).add_auth(signed)
        request.headers = dict(signed.headers.items())
        del request.headers[_HOST]

    def __repr__(self) -> str:
        return f"Signer({self._service!r}, {self._region!r})"


class _Signed(AWSRequest):
    """A request of botocore's with a body in bytes."""

    @property
    def body(self) -> Any:  # botocore-stubs says str
        """The body. botocore's own property prepares a whole request to return it."""
        return self.data
