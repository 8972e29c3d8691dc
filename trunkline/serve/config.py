"""What a configuration file contains; docs/serve.md explains it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

Count = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0)]
#: The name of an environment variable.
Variable = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Name = Annotated[str, Meta(pattern=r"^[^\s*]+$")]
Store = Literal["memory", "redis"]
Strategy = Literal[
    "simple-shuffle",
    "round-robin",
    "least-busy",
    "latency-based-routing",
    "usage-based-routing",
]


class Server(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How clients reach the server.

    Attributes:
        host, port: where it listens.
        hosts: further names under which a server on loopback may be called.
        allow: arguments of completion() that requests may contain.
        max_body: bytes of a request's body.
        idle_timeout: seconds to wait for a client that sends or reads nothing.
        grace: seconds that open streams have to finish when the server stops.
        max_connections: connections at the same time. A further one replaces the one that has
            been idle for the longest time; if none is idle, its requests get 503.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 4000
    hosts: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    max_body: Count = 64 * 1024 * 1024
    idle_timeout: Seconds = 60.0
    grace: Annotated[float, Meta(ge=0)] = 30.0
    max_connections: Count = 10_000


class Key(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key that clients show; the value is in the environment.

    Attributes:
        env: the variable that has it.
    """

    env: Variable


class Deployment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model at a provider.

    Attributes:
        model: "provider/model".
        key_env: the variable of its key, if it is not the provider's usual one.
        base_url: its address, if it is not the provider's usual one.
        rpm, tpm, max_parallel_requests: its limits.
        weight, order: its share of the calls, and its place; see `Route`.
        params: further arguments of completion() for its calls.
    """

    model: Name
    key_env: Variable | None = None
    base_url: str | None = None
    rpm: Count | None = None
    tpm: Count | None = None
    max_parallel_requests: Count | None = None
    weight: Annotated[float, Meta(gt=0)] | None = None
    order: int | None = None
    params: dict[str, Any] = field(default_factory=dict[str, Any])


class Model(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model that is served: one deployment or several.

    Attributes:
        deployments: where its calls go.
        fallbacks: models of this configuration to try when it fails.
    """

    deployments: Annotated[tuple[Deployment, ...], Meta(min_length=1)]
    fallbacks: tuple[str, ...] = ()


class Routing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How calls are distributed and retried; see `Router`."""

    strategy: Strategy = "simple-shuffle"
    num_retries: Annotated[int, Meta(ge=0)] = 2
    cooldown: Annotated[float, Meta(ge=0)] = 5.0
    allowed_fails: Annotated[int, Meta(ge=0)] = 0
    timeout: Seconds | None = None
    drop_params: bool = False


class CacheTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether responses are cached, and for how many seconds."""

    store: Store
    ttl: Seconds = 3600.0


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits for all clients together, or for each key.

    Attributes:
        per: "key" limits each key, "all" all of them together.
        rpm, tpm, max_parallel_requests, wait: see `Limit`.
    """

    per: Literal["key", "all"] = "key"
    rpm: Count | None = None
    tpm: Count | None = None
    max_parallel_requests: Count | None = None
    wait: Annotated[float, Meta(ge=0)] = 0.0


class BudgetTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be spent, in US dollars or tokens.

    Attributes:
        per: "key" for each key, "all" for all of them together.
        max: the maximum.
        unit: of the maximum.
        seconds: after which it starts again at zero; None for never.
    """

    max: Annotated[float, Meta(gt=0)]
    per: Literal["key", "all"] = "key"
    unit: Literal["dollars", "tokens"] = "dollars"
    seconds: Seconds | None = None


class Redis(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The Redis that replicas share: limits, budgets, cooldowns, and what is stored in it.

    Attributes:
        url_env: the variable that has its URL.
        prefix: of all keys in it.
    """

    url_env: Variable
    prefix: Name = "trunkline:"


class Responses(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where responses are stored, for `previous_response_id`."""

    store: Store


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A configuration. Without `models`, every "provider/model" is served."""

    server: Server = Server()
    keys: dict[Name, Key] = field(default_factory=dict[str, Key])
    models: dict[Name, Model] = field(default_factory=dict[str, Model])
    routing: Routing = Routing()
    cache: CacheTable | None = None
    limits: Limits | None = None
    budget: BudgetTable | None = None
    redis: Redis | None = None
    responses: Responses | None = None
