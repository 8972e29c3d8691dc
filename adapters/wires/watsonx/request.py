"""A call as the request that watsonx.ai's text chat takes.

https://cloud.ibm.com/apidocs/watsonx-ai#text-chat
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from ....pipeline.call.request import Endpoint, Request, replace
from ....pipeline.errors import BadRequestError
from ....pipeline.json_values import JSON, as_array, as_object
from ....pipeline.port import HTTPRequest
from ...encode.http_request import encode_json, http_request
from ...encode.overlay import overlay
from ...encode.url_parts import path_part
from ...provider.row import Provider
from ...provider.rules import refused_fields, renamed_params
from ..openai import outgoing_messages, outgoing_tools

DEFAULT_VERSION = "2025-02-11"
_DEPLOYMENT = "deployment/"
_PROJECT_VARIABLES = ("WATSONX_PROJECT_ID", "WX_PROJECT_ID")
_SPACE_VARIABLES = ("WATSONX_SPACE_ID", "WATSONX_DEPLOYMENT_SPACE_ID", "WX_SPACE_ID")


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    Raises:
        BadRequestError: there is neither a project nor a space, a message that is not the user's
            has content that is not text, a part is of a type that watsonx does not take, or a
            value cannot be written as JSON.
    """
    body: JSON = {
        "messages": outgoing_messages(request.messages, provider, endpoint.model),
        **renamed_params(request.params, provider, endpoint.model),
    }
    body.pop("stream_options", None)
    if isinstance(body.get("stop"), str):
        body["stop"] = [body["stop"]]
    choice: object = body.get("tool_choice")
    if isinstance(choice, str):
        body["tool_choice_option"] = body.pop("tool_choice")
    if "tools" in body:
        tools = outgoing_tools(body["tools"], refused_fields(provider, endpoint.model))
        body["tools"] = [_without_strict(tool) for tool in as_array(tools) or ()]
    place = {name: body.pop(name, None) for name in ("project_id", "space_id")}
    kind = "chat_stream" if request.stream else "chat"
    if endpoint.model.startswith(_DEPLOYMENT):
        deployment = path_part(endpoint.model.removeprefix(_DEPLOYMENT), "model")
        path = f"/ml/v1/deployments/{deployment}/text/{kind}"
    else:
        path = f"/ml/v1/text/{kind}"
        body |= {"model_id": endpoint.model, **_place(place, provider)}
    body = overlay(body, request.extra_body)
    if "version" not in request.extra_query:
        version = request.api_version or os.environ.get("WATSONX_API_VERSION") or DEFAULT_VERSION
        request = replace(request, extra_query={"version": version, **request.extra_query})
    return http_request(request, provider, endpoint, encode_json(body), path=path)


def _without_strict(tool: JSON) -> JSON:
    function = as_object(tool.get("function"))
    if function is None or "strict" not in function:
        return tool
    return {**tool, "function": {key: function[key] for key in function if key != "strict"}}


def _place(given: JSON, provider: Provider) -> dict[str, str]:
    """Return the project or space to bill; arguments take precedence over variables."""
    project = given["project_id"] or _first_variable(_PROJECT_VARIABLES)
    space = given["space_id"] or _first_variable(_SPACE_VARIABLES)
    if given["project_id"] or (project and not given["space_id"]):
        return {"project_id": str(project)}
    if space:
        return {"space_id": str(space)}
    raise BadRequestError(
        f"{provider.name}: project_id or space_id is missing: pass one, or set "
        f"{_PROJECT_VARIABLES[0]} or {_SPACE_VARIABLES[0]}",
        provider.name,
        param="project_id",
    )


def _first_variable(names: Iterable[str]) -> str | None:
    return next((value for name in names if (value := os.environ.get(name))), None)
