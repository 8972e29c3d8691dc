"""The events of a prediction as chunks.

https://replicate.com/docs/topics/predictions/streaming
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ....pipeline.schema.model_response import ModelResponseStream
from ....pipeline.schema.parts import Delta, StreamingChoice
from ...decode.classify import Problem, make_error, read_problem
from ...decode.dates import read_timestamp
from ...decode.finish_reasons import map_finish_reason
from ...decode.json_body import find_json
from ...decode.sse import Event, EventReader
from ...decode.stream_decoder import StreamDecoder
from ...decode.typed import decode_as
from ...provider.row import Provider
from .predictions import read_prediction
from .response import check, text_of, usage_of
from .schema import Prediction, StreamEnd

_end = msgspec.json.Decoder(StreamEnd)


class Decoder(StreamDecoder[Event]):
    """Turns the bytes of a streamed response into chunks; see `wire.ChunkDecoder`."""

    def __init__(self, provider: Provider, headers: Mapping[str, str]) -> None:
        super().__init__(EventReader())
        self._provider = provider
        self._headers = headers
        self._finished = False
        self._id = ""
        self._created = 0

    def read(self, event: Event) -> list[ModelResponseStream]:
        """Return the chunks of an event."""
        name, data = event
        if name == "output":
            return [self._chunk(Delta(content=data.decode("utf-8", "replace")))]
        if name == "created":
            self._begin(read_prediction(data))
        elif name == "error":
            raise make_error(_problem(data), None, self._headers)
        elif name == "done":
            return self._end(data)
        elif name == "prediction":
            return self._whole(read_prediction(data), data)
        return []

    def _begin(self, prediction: Prediction) -> None:
        self._id = prediction.id
        self._created = read_timestamp(prediction.created_at)

    def _end(self, data: bytes) -> list[ModelResponseStream]:
        reason = decode_as(_end, data, "the end of a stream").reason if data.strip() else None
        if reason:
            raise make_error(
                Problem(message=f"the prediction ended: {reason}"), None, self._headers
            )
        return self._finish("succeeded")

    def _finish(self, status: str) -> list[ModelResponseStream]:
        self._finished = True
        chunk = self._chunk(Delta(), finish_reason=status)
        map_finish_reason(chunk.choices[0], self._provider.finish_reasons)
        return [chunk]

    def _whole(self, prediction: Prediction, data: bytes) -> list[ModelResponseStream]:
        """Return what the prediction at the end adds: counts, and the output if none came."""
        self._begin(prediction)
        chunks: list[ModelResponseStream] = []
        if not self._finished:
            check(prediction, data, self._headers)
            chunks.append(self._chunk(Delta(content=text_of(prediction.output))))
            chunks += self._finish(prediction.status)
        self.done = True
        usage = usage_of(prediction, data)
        if usage is not None:
            chunks.append(ModelResponseStream(id=self._id, created=self._created, usage=usage))
        return chunks

    def _chunk(self, delta: Delta, finish_reason: str | None = None) -> ModelResponseStream:
        choice = StreamingChoice(delta=delta, finish_reason=finish_reason)
        return ModelResponseStream(id=self._id, created=self._created, choices=[choice])


def _problem(data: bytes) -> Problem:
    text = data.decode("utf-8", "replace")
    return read_problem(find_json(data)) or Problem(message=text, body=text)
