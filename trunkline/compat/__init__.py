"""A stand-in for `litellm`, for frameworks that import it by name.

    import trunkline.compat

    trunkline.compat.install()

    from smolagents import LiteLLMModel

After `install()`, `import litellm` and everything below it finds trunkline. Calls go through a
client of trunkline's with all its layers, and answer with classes of the names, the modules and
the behaviour of litellm's: pydantic models and exceptions that are OpenAI's too.

Covered: chat completions. `completion`, `acompletion`, `batch_completion`, `Router`,
`stream_chunk_builder`, `token_counter`, `completion_cost`, `cost_per_token`, `get_model_info`,
`register_model`, `get_supported_openai_params`, `get_llm_provider`, the `supports_...` questions,
`validate_environment`, `get_valid_models`, `CustomLogger`, the exceptions, the types of messages,
responses and chunks, and these settings: drop_params, num_retries, cache, callbacks,
success_callback, failure_callback, model_alias_map.

Not covered, and said so by an AttributeError or ImportError: embeddings, images, audio, rerank,
moderation, text completions, the Responses API, files, batches, assistants, fine-tuning, MCP, the
proxy and its server, guardrails, prompt managers, secret managers, `litellm.Cache` (set
`litellm.cache` to a store of trunkline's), keys and addresses as settings (`litellm.api_key`: a
key set there would go to every provider's host).

Needs pydantic: `pip install 'trunkline[compat]'`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec

from ..clients.client import Client
from .modules import MODULES, ROOT, CompatFinder


def install(client: Client | None = None) -> None:
    """Put the stand-in in the place of `litellm`, before anything has imported it.

    Calling it again does nothing, but for another client, which then answers.

    Args:
        client: what answers the calls, and has the settings; None is the default client, that of
            `trunkline.completion`.

    Raises:
        RuntimeError: the real litellm is imported already.
        ImportError: pydantic is not installed.
    """
    if find_spec("pydantic") is None:
        raise ImportError("trunkline.compat needs pydantic: pip install 'trunkline[compat]'")
    from .surface import CompatSurface  # noqa: PLC0415  # pydantic is an extra

    installed = _installed()
    if installed is None and ROOT in sys.modules:
        where = getattr(sys.modules[ROOT], "__file__", None)
        raise RuntimeError(
            f"litellm is imported already, from {where}: call trunkline.compat.install() before "
            "anything that imports it"
        )
    if installed is not None:
        if client is not None:
            installed.surface.use(client)
        return
    if client is None:
        from ..clients.default import client as default  # noqa: PLC0415  # made when first needed

        client = default
    sys.meta_path.insert(0, CompatFinder(CompatSurface(client)))
    for name in MODULES:
        import_module(name)


def uninstall() -> None:
    """Take the stand-in away; what has imported it keeps what it imported.

    Settings that were set on it stay set on its client.
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
