"""trunkline: one completion() for every LLM provider, as a chain of small middlewares.

    from trunkline import completion

    response = completion("openai/gpt-4o", [{"role": "user", "content": "Hello"}])
    print(response.choices[0].message.content)

names.py and more_names.py list the public names. Each module is imported when one of its names is
first used, so `import trunkline` by itself takes almost no time.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

__version__ = "0.2.0"

if TYPE_CHECKING:
    from typing import Any as _Any

    from .middlewares.listening.listeners import Callback as _Callback
    from .middlewares.stores.store import Store as _Store
    from .more_names import *  # noqa: F403  # all its names are public
    from .names import *  # noqa: F403  # all its names are public
    from .pipeline.call.request import Wire as _Wire

    # The fields of Settings, whose values are those of the default client.
    drop_params: bool
    disable_stop_sequence_limit: bool
    # Any, because httpx and httpx2 both have the classes, and neither is loaded here.
    http_client: _Any
    max_response_bytes: int | None
    num_retries: int | None
    # Seconds, or what the argument `timeout` of a call accepts.
    request_timeout: object
    cache: _Store | bool | None
    callbacks: list[_Callback]
    success_callback: list[_Callback]
    failure_callback: list[_Callback]
    model_alias_map: dict[str, str]
    wire: _Wire | None
    response_store: _Store | None
    trusted_hosts: list[str]
else:
    from .facade import Facade, LazyFinder

    sys.modules[__name__].__class__ = Facade
    sys.meta_path.append(LazyFinder)
