"""Features of Claude in beta, for hosts that serve it with OpenAI's API.

Such a host passes the names of the betas on from a header.
"""

from __future__ import annotations

from ....pipeline.call.request import Request, replace
from ...provider.row import Provider


def move_betas(request: Request, provider: Provider, model: str) -> tuple[Request, dict[str, str]]:
    """Return the request without the names of Claude's betas, and the header that has them.

    Raises:
        BadRequestError: the names are neither a text nor a list of texts.
    """
    if "claude" not in model.lower():
        return request, {}
    from ..anthropic import BETA_HEADER, take_betas  # noqa: PLC0415  # few are for Claude

    # The host's own name for the header may be given too.
    names = (BETA_HEADER, provider.beta_header)
    given = [value for name, value in request.extra_headers.items() if name.lower() in names]
    headers = {
        name: value for name, value in request.extra_headers.items() if name.lower() not in names
    }
    if given:
        headers[BETA_HEADER] = ",".join(given)
    found = take_betas(replace(request, extra_headers=headers))
    betas = list(dict.fromkeys(found.betas))
    return found.request, {provider.beta_header: ",".join(betas)} if betas else {}
