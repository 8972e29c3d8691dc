"""Credentials and paths for calls to Vertex AI."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from google.auth.credentials import Credentials

from tests.support.server import Answer, answer_json

MODEL = "vertex_ai/gemini-2.5-flash"
TOKEN = "token-of-the-fake-server"
ROOT = "/v1beta1/projects/my-project/locations/global"


class GivenCredentials(Credentials):
    """An object of google-auth, as callers may pass it."""

    def __init__(self, token: str = TOKEN, quota_project: str | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # google-auth's types are half there
        self.refreshed = 0
        self.project_id = "of-the-object"
        self._next = token
        self._quota_project = quota_project

    @property
    def quota_project_id(self) -> str | None:  # pyright: ignore[reportIncompatibleMethodOverride]  # google-auth's types say None
        return self._quota_project

    def refresh(self, request: object) -> None:
        self.refreshed += 1
        self.token = self._next
        self.expiry = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=1)


def granted(seconds: int = 3600) -> Answer:
    """Return a token server's response."""
    return answer_json({"access_token": TOKEN, "expires_in": seconds, "token_type": "Bearer"})
