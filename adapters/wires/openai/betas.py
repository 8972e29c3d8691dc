"""Features of Claude in beta, for hosts that serve it with OpenAI's API.

Such a host takes the names of the betas in a header, and passes them on.
"""

from __future__ import annotations

from ....pipeline.call.request import Request
from ...provider.row import Provider


def move_betas(request: Request, provider: Provider, model: str) -> tuple[Request, dict[str, str]]:
    """Return the request without the names of Claude's betas, and the header that has them.

    Raises:
        BadRequestError: the names are neither a text nor a list of texts.
    """
    if "claude" not in model.lower():
        return request, {}
    from .. import anthropic  # noqa: PLC0415  # few are for Claude

    # The host's own name for the header may be given too.
    names = (anthropic.BETA_HEADER, provider.beta_header)
    request, given = anthropic.take_betas(request, names)
    return request, anthropic.beta_header(anthropic.join_betas([], given), provider.beta_header)
