"""The types of litellm's Router: deployments as objects, and policies."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from .objects import OpenAIObject

__all__ = [
    "AllowedFailsPolicy",
    "Deployment",
    "LiteLLM_Params",
    "ModelInfo",
    "RetryPolicy",
]


class RetryPolicy(OpenAIObject):
    """The number of retries by exception; a Router refuses it, use `Retry(policy=)`."""

    BadRequestErrorRetries: int | None = None
    AuthenticationErrorRetries: int | None = None
    TimeoutErrorRetries: int | None = None
    RateLimitErrorRetries: int | None = None
    ContentPolicyViolationErrorRetries: int | None = None
    InternalServerErrorRetries: int | None = None


class AllowedFailsPolicy(OpenAIObject):
    """The number of failures by exception; a Router refuses it, use `allowed_fails=`."""


class LiteLLM_Params(OpenAIObject):  # noqa: N801  # litellm's name
    """The arguments of a deployment's calls."""

    model: str


class ModelInfo(OpenAIObject):
    """Facts about a deployment."""

    id: str | None = None


class Deployment(OpenAIObject):
    """A deployment of a Router's `model_list`, as an object."""

    model_name: str
    litellm_params: LiteLLM_Params
    model_info: ModelInfo = Field(default_factory=ModelInfo)

    def to_json(self, **arguments: Any) -> Any:
        """Return the deployment as a dictionary; None values are left out."""
        return self.model_dump(exclude_none=True, **arguments)


for _name in __all__:
    globals()[_name].__module__ = "litellm.types.router"
