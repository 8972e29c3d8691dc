"""Change the text of a reply, whether it is a response or a stream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from .stream import ReplyT, Stream
from .text_change import TextChange, TextFunction, returning_text, text_windows


def map_text(
    reply: ReplyT,
    change: TextFunction,
    *,
    hold_back: int = 0,
    fields: Sequence[str] = ("content",),
) -> ReplyT:
    """Return a reply whose text is what `change` makes of the whole text.

    A response is changed in place. Of a stream the last `hold_back` characters are held back, and
    more where a change reaches into them, so that the chunks together are what `change` makes of
    the whole text.

    Args:
        reply: a response or a stream.
        change: a function of text that changes what it finds and leaves the rest as it is.
        hold_back: the length of the longest text that `change` looks at in order to change one
            place, including what it looks at before and after that place. 0 if it changes each
            character regardless of the others.
        fields: the texts of a message that are changed: "content", "refusal",
            "reasoning_content", "reasoning".

    Raises:
        BadRequestError: `hold_back` is negative, or `change` returns something else than text.
    """
    texts = TextChange(text_windows(change, hold_back), fields)
    if isinstance(reply, Stream):
        return cast("ReplyT", reply.map(texts.read, flush=texts.flush))
    for choice in reply.choices:
        for name in fields:
            text: str | None = getattr(choice.message, name)
            if text:
                setattr(choice.message, name, returning_text(change)(text))
    return reply
