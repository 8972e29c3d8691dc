"""What SAP's services send: the envelope of the orchestration service, and deployments.

https://github.com/SAP/ai-sdk-js/blob/main/packages/orchestration/src/spec/api.yaml (version 2) and
https://api.sap.com/api/AI_CORE_API (lm/deployments)
"""

from __future__ import annotations

from msgspec import Raw, Struct

from ....pipeline.json_values import JSON

# Modules whose results are what was sent, and what `final_result` repeats.
_REPEATED = frozenset({"llm", "output_unmasking", "templating"})
_NULL = b"null"


class Envelope(Struct):
    """A response of the service, or an event of a stream."""

    final_result: Raw = Raw(_NULL)
    intermediate_results: JSON | None = None
    # An object, or a list of them where several modules were tried.
    error: object = None

    @property
    def inner(self) -> bytes:
        """OpenAI's response or chunk, b"" if there is none."""
        found = bytes(self.final_result)
        return b"" if found == _NULL else found

    @property
    def findings(self) -> JSON:
        """The results of the other modules."""
        results = self.intermediate_results or {}
        return {name: value for name, value in results.items() if name not in _REPEATED}


class Deployment(Struct, rename="camel"):
    """A deployment of a resource group."""

    id: str
    created_at: str = ""


class Deployments(Struct):
    """The deployments of a resource group."""

    resources: list[Deployment] = []
