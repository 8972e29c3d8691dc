"""The errors of calls, as in `litellm.exceptions`; pipeline/errors.py draws their tree."""
# ruff: noqa: I001, PLC0414  # `import X as X` re-exports X for type checkers

from .litellm_names.aliases import (
    InvalidRequestError as InvalidRequestError,
    OpenAIError as OpenAIError,
    RouterRateLimitError as RouterRateLimitError,
)
from .pipeline.errors import *  # noqa: F403  # all errors, see its __all__
