"""The Google Cloud project, location and credentials of a call, for every wire of Vertex AI.

https://cloud.google.com/vertex-ai/generative-ai/docs/learn/locations and, for API keys,
https://cloud.google.com/vertex-ai/generative-ai/docs/start/api-keys
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from ....pipeline.call.request import Endpoint, Request, replace
from ....pipeline.errors import BadRequestError
from ....pipeline.secret import Secret
from ...credentials.google_login import find_grant
from ...encode.url_parts import host_part, path_part
from ...provider.row import Provider

#: Arguments of a call, and the environment variables that are used if these are missing.
ARGUMENTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = MappingProxyType(
    {
        "project": (
            ("vertex_project", "vertex_ai_project"),
            ("VERTEXAI_PROJECT", "VERTEX_PROJECT", "GOOGLE_CLOUD_PROJECT"),
        ),
        "location": (
            ("vertex_location", "vertex_ai_location"),
            ("VERTEXAI_LOCATION", "VERTEX_LOCATION", "GOOGLE_CLOUD_LOCATION"),
        ),
        "credentials": (
            ("vertex_credentials", "vertex_ai_credentials"),
            ("VERTEXAI_CREDENTIALS", "VERTEX_CREDENTIALS"),
        ),
    }
)
_NAMES = frozenset(name for names, _ in ARGUMENTS.values() for name in names)

# Multi-region locations have a different form of host name.
_MULTI_REGIONS = ("eu", "us")
_LABEL = re.compile(r"[a-z0-9.:-]+")
_QUOTA_HEADER = "x-goog-user-project"


async def enter_project(
    request: Request, provider: Provider, endpoint: Endpoint, version: str, location: str
) -> tuple[Request, Endpoint]:
    """Return a request without Vertex's own arguments, and the project's endpoint with a token.

    An `api_key` is a Google Cloud API key (express mode), which needs no project.

    Args:
        request: the call.
        provider: the row of the provider.
        endpoint: where the request would go, without a project.
        version: the API version, if the call has no `api_version`.
        location: the location, if the caller names none.

    Raises:
        ImportError: google-auth is not installed.
        BadRequestError: no project is known, or an argument has a wrong value.
        AuthenticationError, APIConnectionError: there is no token.
    """
    settings = {name: _setting(request.params, name) for name in ARGUMENTS}
    params = {name: value for name, value in request.params.items() if name not in _NAMES}
    request = replace(request, params=params)
    version = path_part(request.api_version or version, "api_version")
    where = _text(settings["location"], "vertex_location")
    if where is not None:
        host_part(where, "vertex_location")
    if endpoint.key is not None:
        root = _root(provider, endpoint, where or "global")
        return request, _moved(endpoint, f"{root}/{version}", endpoint.key)
    where = where or location
    grant = await find_grant(request.io, settings["credentials"])
    project = _text(settings["project"], "vertex_project") or grant.project
    if not project:
        raise BadRequestError(
            f"{provider.name}: no project: pass vertex_project or set VERTEXAI_PROJECT",
            provider.name,
            param="vertex_project",
        )
    if grant.quota_project and not _has_header(request, _QUOTA_HEADER):
        headers = {_QUOTA_HEADER: grant.quota_project, **request.extra_headers}
        request = replace(request, extra_headers=headers)
    root = _root(provider, endpoint, where)
    if not endpoint.model.startswith("projects/"):
        version += f"/projects/{path_part(project, 'vertex_project', ':')}/locations/{where}"
    return request, _moved(endpoint, f"{root}/{version}", grant.token)


def authorization(endpoint: Endpoint) -> dict[str, str]:
    """Return the authorization header: a token for a project, else an API key."""
    key = endpoint.key
    if key is None:
        return {}
    if "/projects/" in endpoint.base_url or endpoint.model.startswith("projects/"):
        return {"Authorization": f"Bearer {key.reveal()}"}
    return {"x-goog-api-key": key.reveal()}


def _setting(params: Mapping[str, Any], name: str) -> object:
    """Return an argument's value: the call's, else that of the first variable that is set."""
    names, variables = ARGUMENTS[name]
    given = next((params[key] for key in names if params.get(key)), None)
    return given or next(filter(None, map(os.environ.get, variables)), None)


def _text(value: object, name: str) -> str | None:
    if value is None or (isinstance(value, str) and _LABEL.fullmatch(value)):
        return value
    raise BadRequestError(
        f"{name}: expected a {name.removeprefix('vertex_')} name, got {value!r}", param=name
    )


def _root(provider: Provider, endpoint: Endpoint, location: str) -> str:
    """Return the caller's base URL, else that of a location."""
    if endpoint.base_url != provider.base_url:
        return endpoint.base_url.rstrip("/")
    if location == "global":
        return endpoint.base_url
    if location in _MULTI_REGIONS:
        return f"https://aiplatform.{location}.rep.googleapis.com"
    return f"https://{location}-aiplatform.googleapis.com"


def _moved(endpoint: Endpoint, base_url: str, key: Secret) -> Endpoint:
    return msgspec.structs.replace(endpoint, base_url=base_url, key=key)


def _has_header(request: Request, name: str) -> bool:
    return any(found.lower() == name for found in request.extra_headers)
