"""Draw clients, responses, streams and call records as HTML for notebooks."""

from __future__ import annotations

from functools import singledispatch

from .middlewares.listening.record import CallRecord, view_record
from .pipeline.call.client import ChainClient
from .pipeline.schema.model_response import ModelResponse
from .pipeline.schema.parts import Choice, Message
from .pipeline.schema.responses import Response
from .pipeline.stream.stream import Stream
from .pipeline.views.call_view import view_layer, view_response
from .pipeline.views.html_page import draw_call, draw_chain


@singledispatch
def draw(thing: object) -> str:
    """Return an object as HTML.

    Raises:
        TypeError: objects of this type cannot be drawn.
    """
    raise TypeError(f"cannot draw an object of type {type(thing).__name__}")


@draw.register
def _draw_response(thing: ModelResponse) -> str:
    return draw_call(view_response(thing))


@draw.register
def _draw_response_object(thing: Response) -> str:
    completion: ModelResponse | None = vars(thing).get("_completion")
    if completion is None:
        message = Message(content=thing.output_text)
        completion = ModelResponse(model=thing.model or "", choices=[Choice(message=message)])
        completion.call = thing.call
    return draw_call(view_response(completion))


@draw.register
def _draw_stream(thing: Stream) -> str:
    outcome = thing.outcome
    kind, error = (outcome.kind, outcome.error) if outcome else ("open", None)
    return draw_call(view_response(thing.response, kind, error))


@draw.register
def _draw_record(thing: CallRecord) -> str:
    return draw_call(view_record(thing))


@draw.register
def _draw_client(thing: ChainClient) -> str:
    layers = [view_layer(name, layer) for name, layer in thing.named_layers()]
    return draw_chain(type(thing).__name__, layers)
