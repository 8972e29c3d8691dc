"""litellm's `response_format`: a class is sent as a schema, and checked only on request."""

from __future__ import annotations

from typing import Any

from ..adapters.structured.classes import response_format

#: The setting, and the argument of a call, that turn the checks on.
CHECK = "enable_json_schema_validation"


class FormatChecks:
    """Whether responses must match the class of `response_format`.

    trunkline checks them always. litellm returns the text as it is unless it is told to check, and
    frameworks rely on that: they repair the text, or ask again.

    Attributes:
        on: the setting, False at first.
    """

    def __init__(self) -> None:
        self.on = False

    def apply(self, arguments: dict[str, Any]) -> None:
        """Replace a class with its schema in the arguments of a call that is not checked.

        Raises:
            BadRequestError: this kind of class is not supported, or it has no JSON schema.
        """
        own = arguments.pop(CHECK, None)
        wanted = arguments.get("response_format")
        if isinstance(wanted, type) and not (self.on if own is None else own):
            arguments["response_format"] = response_format(wanted)
