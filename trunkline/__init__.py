"""trunkline: one completion() for every LLM provider, as a chain of small middlewares.

    from trunkline import completion

    response = completion("openai/gpt-4o", [{"role": "user", "content": "Hello"}])
    print(response.choices[0].message.content)

The public names are those of names.py and more_names.py. They are imported when they are asked for,
so that `import trunkline` alone costs next to nothing.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .middlewares.listening.listeners import Callback as _Callback
    from .middlewares.stores.store import Store as _Store
    from .more_names import *  # noqa: F403  # it has __all__
    from .names import *  # noqa: F403  # likewise

    # Settings of the default client.
    drop_params: bool
    disable_stop_sequence_limit: bool
    num_retries: int | None
    cache: _Store | bool | None
    callbacks: list[_Callback]
    success_callback: list[_Callback]
    failure_callback: list[_Callback]
    model_alias_map: dict[str, str]
else:
    from .facade import Facade

    sys.modules[__name__].__class__ = Facade
