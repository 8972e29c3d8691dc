"""A replacement for `litellm`, for frameworks that import it by name.

    import trunkline.compat

    trunkline.compat.install()

    from smolagents import LiteLLMModel

After `install()`, `import litellm` and its submodules find trunkline. Calls go through a trunkline
client with all its layers. Responses and exceptions have the names, modules and behavior of
litellm's classes: pydantic models, and exceptions that are also OpenAI's.

A program of your own can also write `import trunkline.compat as litellm`, without `install()`, and
import from its submodules: `from trunkline.compat.types.utils import GenericStreamingChunk`.

Covered: chat completions and the Responses API. `completion`, `acompletion`, `batch_completion`,
`responses`, `aresponses`, `Router`, `stream_chunk_builder`, `token_counter`, `completion_cost`,
`cost_per_token`, `get_model_info`, `register_model`, `get_supported_openai_params`,
`get_llm_provider`, the `supports_...` functions, `validate_environment`, `get_valid_models`,
`CustomLogger`, the exceptions, the types of messages, responses, chunks and events, and these
settings: drop_params, num_retries, request_timeout, cache (also `Cache`), callbacks,
success_callback, failure_callback, client_session, model_alias_map, and keys: openai_key,
anthropic_key and the like; api_key is OpenAI's.

Not offered: embeddings, images, audio, rerank, moderation, text completions, files, batches,
assistants, fine-tuning. Their functions exist, and raise NotImplementedError with the
alternative.

Not covered (AttributeError or ImportError): MCP, the proxy and its server, guardrails, prompt
managers, secret managers, addresses as settings (`litellm.api_base` would be that of every
provider).

Needs pydantic: `pip install 'trunkline[compat]'`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..clients.client import Client
from .facade import CompatFacade, find_module, installed, make_surface
from .modules import MODULES, ROOT, CompatFinder
from .submodules import CompatSubmoduleFinder


def install(client: Client | None = None) -> None:
    """Replace `litellm`; call it before anything imports litellm.

    Further calls only change the client, if one is given.

    Args:
        client: handles the calls and has the settings; None means the default client, that of
            `trunkline.completion`.

    Raises:
        RuntimeError: the real litellm has already been imported.
        ImportError: pydantic is not installed.
    """
    finder = installed()
    if finder is not None:
        if client is not None:
            finder.surface.use(client)
        return
    surface = make_surface(client)
    if ROOT in sys.modules:
        where = getattr(sys.modules[ROOT], "__file__", None)
        raise RuntimeError(
            f"litellm has already been imported from {where}: call trunkline.compat.install() "
            "before anything that imports it"
        )
    sys.meta_path.insert(0, CompatFinder(surface))
    for name in MODULES:
        import_module(name)


def uninstall() -> None:
    """Remove the replacement; modules that imported it keep what they imported.

    Settings that were set on it remain set on its client.
    """
    finder = installed()
    if finder is None:
        return
    sys.meta_path.remove(finder)
    for name in MODULES:
        sys.modules.pop(name, None)


if TYPE_CHECKING:
    # The settings, which can be set here; all other names can only be read.
    aclient_session: Any
    cache: Any
    callbacks: list[Any]
    client_session: Any
    custom_provider_map: list[Any]
    drop_params: bool
    failure_callback: list[Any]
    model_alias_map: dict[str, str]
    num_retries: int | None
    request_timeout: Any
    success_callback: list[Any]

    def __getattr__(name: str) -> Any:
        """Return what litellm has under a name."""
        ...

else:
    sys.modules[__name__].__class__ = CompatFacade
    sys.meta_path.append(CompatSubmoduleFinder(find_module))
