"""Find arguments whose names are slips: `temprature` for `temperature`, `openai_api_key`.

Providers take parameters of any name, so an unknown name usually goes to the provider. A name that
is nearly one of trunkline's or OpenAI's, or other libraries' name of one, and that no provider
documents, is a mistake. A credential would be sent in a body, also to fallbacks at other hosts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from ..errors import BadRequestError
from ..near_names import find_near
from ..secret import names_credential
from .absent_arguments import ABSENT, OTHER_NAMES
from .chat_params import CHAT_PARAMS, RESPONSES_STATE
from .provider_params import PROVIDER_PARAMS

_KEY = "pass a provider's key as api_key=, and that of a fallback in its dictionary."
# Other words for arguments, and what to pass instead.
_REMEDIES: Mapping[str, frozenset[str]] = {
    _KEY: frozenset({"auth", "bearer", "key"}),
    "pass the address as base_url=.": frozenset(
        {"api_url", "azure_endpoint", "endpoint", "host", "openai_api_base", "url"}
    ),
    "pass it as api_version=.": frozenset({"azure_api_version", "openai_api_version"}),
    "pass it as extra_headers=.": frozenset(
        {"cookie", "cookies", "default_headers", "http_headers"}
    ),
    "pass it as extra_query=.": frozenset({"default_query", "query_params"}),
    'put it into the model: "azure/DEPLOYMENT".': frozenset(
        {"azure_deployment", "deployment", "deployment_name", "engine"}
    ),
    "pass the model as model=.": frozenset({"model_name"}),
    "omit it; the prefix of the model names the provider.": frozenset({"api_type"}),
    'pass extra_headers={"OpenAI-Organization": ...}.': frozenset(
        {"openai_organization", "org", "org_id", "organisation", "organization_id"}
    ),
    "set the variable HTTPS_PROXY, or pass your own HTTP client as client=.": frozenset(
        {"http_proxy", "https_proxy", "proxies", "proxy"}
    ),
    "pass your own HTTP client as client=.": frozenset(
        {"cert", "ssl", "ssl_context", "trust_env", "verify", "verify_ssl"}
    ),
}
_KNOWN = frozenset({"messages", "model", "stream", *CHAT_PARAMS, *OTHER_NAMES, *RESPONSES_STATE})


def refuse_slip(name: str, arguments: Iterable[str]) -> None:
    """Raise an error for an argument whose name is a slip; see `find_slip`.

    Raises:
        BadRequestError: it is one; the error says what to pass instead.
    """
    remedy = find_slip(name, arguments)
    if remedy is not None:
        raise BadRequestError(
            f"{name}: unknown argument; {remedy} "
            "Pass a provider's own parameter of this name in extra_body",
            param=name,
        )


def find_slip(name: str, arguments: Iterable[str]) -> str | None:
    """Return what to pass instead of an unknown argument, None if its name is not a slip.

    Args:
        name: an argument that is neither trunkline's nor OpenAI's.
        arguments: the names of trunkline's own arguments and of the middlewares' options.
    """
    known = frozenset(arguments)
    if name in PROVIDER_PARAMS or name in _KNOWN or name in ABSENT or name in known:
        return None
    return _find_remedy(name, known)


@lru_cache(maxsize=1024)
def _find_remedy(name: str, arguments: frozenset[str]) -> str | None:
    lowered = name.lower().replace("-", "_")
    for remedy, names in _REMEDIES.items():
        if lowered in names:
            return remedy
    near = find_near(name, _KNOWN | arguments)
    if near is not None:
        return f"did you mean {near}?"
    return _KEY if names_credential(name) else None
