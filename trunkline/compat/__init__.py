"""A replacement for `litellm`, for frameworks that import it by name.

    import trunkline.compat

    trunkline.compat.install()

    from smolagents import LiteLLMModel

After `install()`, `import litellm` and its submodules find trunkline. Calls go through a trunkline
client with all its layers. Responses and exceptions have the names, modules and behaviour of
litellm's classes: pydantic models, and exceptions that are also OpenAI's.

Covered: chat completions and the Responses API. `completion`, `acompletion`, `batch_completion`,
`responses`, `aresponses`, `Router`, `stream_chunk_builder`, `token_counter`, `completion_cost`,
`cost_per_token`, `get_model_info`, `register_model`, `get_supported_openai_params`,
`get_llm_provider`, the `supports_...` functions, `validate_environment`, `get_valid_models`,
`CustomLogger`, the exceptions, the types of messages, responses, chunks and events, and these
settings: drop_params, num_retries, cache, callbacks, success_callback, failure_callback,
model_alias_map.

Not offered: embeddings, images, audio, rerank, moderation, text completions, files, batches,
assistants, fine-tuning, `litellm.Cache` (set `litellm.cache` to a store of trunkline's). Their
functions exist, and raise NotImplementedError with the alternative.

Not covered (AttributeError or ImportError): MCP, the proxy and its server, guardrails, prompt
managers, secret managers, keys and addresses as settings (`litellm.api_key`: a key set there would
go to every provider's host).

Needs pydantic: `pip install 'trunkline[compat]'`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec

from ..clients.client import Client
from .modules import MODULES, ROOT, CompatFinder


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
    if find_spec("pydantic") is None:
        raise ImportError("trunkline.compat needs pydantic: pip install 'trunkline[compat]'")
    from .surface import CompatSurface  # noqa: PLC0415  # pydantic is an extra

    installed = _installed()
    if installed is None and ROOT in sys.modules:
        where = getattr(sys.modules[ROOT], "__file__", None)
        raise RuntimeError(
            f"litellm has already been imported from {where}: call trunkline.compat.install() "
            "before anything that imports it"
        )
    if installed is not None:
        if client is not None:
            installed.surface.use(client)
        return
    if client is None:
        from ..clients.default import client as default  # noqa: PLC0415  # created when first needed

        client = default
    sys.meta_path.insert(0, CompatFinder(CompatSurface(client)))
    for name in MODULES:
        import_module(name)


def uninstall() -> None:
    """Remove the replacement; modules that imported it keep what they imported.

    Settings that were set on it remain set on its client.
    """
    finder = _installed()
    if finder is None:
        return
    sys.meta_path.remove(finder)
    for name in MODULES:
        sys.modules.pop(name, None)


def _installed() -> CompatFinder | None:
    found = [finder for finder in sys.meta_path if isinstance(finder, CompatFinder)]
    return found[0] if found else None
