"""Settings of a client: arguments of Client, or attributes of the module for the default client."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, TypedDict, cast, get_type_hints

from msgspec import Struct, field

from ..middlewares.checked_arguments import check_count
from ..middlewares.listening.listeners import Callback, check_callbacks
from ..middlewares.stores.store import Store
from ..pipeline.call.arguments import read_size, read_timeout, read_wire
from ..pipeline.call.chat_params import CHAT_PARAMS
from ..pipeline.call.client import ChainClient
from ..pipeline.call.request import Wire
from ..pipeline.errors import BadRequestError, InvalidArgumentError


def _check_bool(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise InvalidArgumentError(f"{name}: expected bool, got {value!r}")


def _check_count(name: str, value: object) -> None:
    if value is not None:
        check_count(name, value, least=0)


def _check_size(name: str, value: object) -> None:
    if value is None:
        return
    try:
        read_size(name, value)
    except BadRequestError as error:
        raise InvalidArgumentError(error.message) from None


def check_timeout(name: str, value: object) -> None:
    """Check a limit in the forms of the argument `timeout`, under its own name.

    Raises:
        InvalidArgumentError: it is invalid.
    """
    if value is None:
        return
    try:
        read_timeout(value, name)
    except BadRequestError as error:
        raise InvalidArgumentError(error.message, param=name) from None


def _check_http_client(name: str, value: object) -> None:
    if value is None:
        return
    from ..pipeline.engines.httpx_client import client_kinds  # noqa: PLC0415  # it loads httpcore

    kind = type(value).__name__
    clients = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
    if not clients or not all({"Client", "AsyncClient"} & client_kinds(each) for each in clients):
        raise InvalidArgumentError(
            f"{name}: expected an httpx.Client, an httpx.AsyncClient, or a tuple of both, "
            f"got {kind}"
        )


def _check_store(name: str, value: object) -> None:
    if not (value is None or isinstance(value, bool) or hasattr(value, "get")):
        raise InvalidArgumentError(
            f"{name}: expected a store, True or None, got {type(value).__name__}"
        )


def _check_response_store(name: str, value: object) -> None:
    if value is not None and not (hasattr(value, "get") and hasattr(value, "set")):
        raise InvalidArgumentError(f"{name}: expected a store or None, got {type(value).__name__}")


def _check_wire(_name: str, value: object) -> None:
    if value is None:
        return
    try:
        read_wire(value)
    except BadRequestError as error:
        raise InvalidArgumentError(error.message) from None


def _check_aliases(name: str, value: object) -> None:
    if not isinstance(value, Mapping):
        raise InvalidArgumentError(f"{name}: expected dict, got {type(value).__name__}")
    for alias, model in cast("Mapping[object, object]", value).items():
        if not isinstance(alias, str) or not isinstance(model, str) or not model.strip():
            got = "an empty str" if isinstance(model, str) else type(model).__name__
            raise InvalidArgumentError(
                f'{name}[{alias!r}]: expected {{"name": "provider/model"}}, got {got}'
            )


def _check_hosts(name: str, value: object) -> None:
    is_list = isinstance(value, list | tuple | set | frozenset)
    if not is_list or not all(map(_is_host, cast("Iterable[object]", value))):
        raise InvalidArgumentError(
            f'{name}: expected a list of hosts without a scheme, such as "llm.example.com", '
            f"got {value!r}"
        )


def _is_host(value: object) -> bool:
    return isinstance(value, str) and bool(value) and not set(value) & set("/:@ ")


_Callbacks = Annotated[Sequence[Callback], check_callbacks]


class Settings(Struct, kw_only=True):
    """Defaults for all calls of a client; a call's own arguments take precedence.

    Attributes:
        drop_params: leave out OpenAI parameters that the model does not support.
        disable_stop_sequence_limit: send all stop sequences.
        http_client: an httpx or httpx2 client that sends all requests, or a tuple of a `Client` for
            blocking calls and an `AsyncClient`; None means the engine's connections. It stays open.
        max_response_bytes: the largest response that is read, in a stream the largest event; None
            means 64 MB.
        num_retries: how often to retry a failed call; None means the default of `Retry`.
        request_timeout: limit for calls without a `timeout` of their own; see `completion`.
        cache: the store for responses; True keeps them in memory, None turns caching off.
        callbacks, success_callback, failure_callback: called after every call, after those that
            succeeded, and after those that failed.
        model_alias_map: your own names for models, as {"name": "provider/model"}.
        wire: the API to use, "chat" or "responses"; None lets model and call decide.
        response_store: the store for responses of providers that do not store them themselves, so
            that `previous_response_id` works with all providers; None stores nothing.
        trusted_hosts: hosts besides a provider's own that its key from the environment may be sent
            to; ".example.com" means all hosts below. A call with another `base_url` and no
            `api_key` logs a warning.
    """

    # Each field's annotation carries the check of its values.
    drop_params: Annotated[bool, _check_bool] = False
    disable_stop_sequence_limit: Annotated[bool, _check_bool] = False
    num_retries: Annotated[int | None, _check_count] = None
    request_timeout: Annotated[object, check_timeout] = None
    http_client: Annotated[Any, _check_http_client] = None
    max_response_bytes: Annotated[int | None, _check_size] = None
    cache: Annotated[Store | bool | None, _check_store] = None
    callbacks: _Callbacks = field(default_factory=list[Callback])
    success_callback: _Callbacks = field(default_factory=list[Callback])
    failure_callback: _Callbacks = field(default_factory=list[Callback])
    model_alias_map: Annotated[Mapping[str, str], _check_aliases] = field(
        default_factory=dict[str, str]
    )
    wire: Annotated[Wire | None, _check_wire] = None
    response_store: Annotated[Store | None, _check_response_store] = None
    trusted_hosts: Annotated[Sequence[str], _check_hosts] = field(default_factory=list[str])

    def change(self, name: str, value: Any) -> None:
        """Set a setting.

        Raises:
            InvalidArgumentError: the value is invalid.
        """
        _checks()[name](name, value)
        setattr(self, name, value)

    def defaults(self) -> dict[str, Any]:
        """Return the arguments that every call gets unless it has its own."""
        given: dict[str, Any] = {}
        if self.drop_params:
            given["drop_params"] = True
        if self.disable_stop_sequence_limit:
            given["disable_stop_sequence_limit"] = True
        if self.num_retries is not None:
            given["num_retries"] = self.num_retries
        if self.request_timeout is not None:
            given["timeout"] = self.request_timeout
        if self.http_client is not None:
            given["http_client"] = self.http_client
        if self.max_response_bytes is not None:
            given["max_response_bytes"] = self.max_response_bytes
        if self.wire is not None:
            given["wire"] = self.wire
        return given

    def changed(self) -> dict[str, Any]:
        """Return the settings whose values are not the defaults."""
        standard = Settings()
        values = {name: getattr(self, name) for name in SETTING_NAMES}
        return {
            name: values[name] for name in sorted(values) if values[name] != getattr(standard, name)
        }

    def callback_lists(self) -> tuple[Sequence[Callback], Sequence[Callback], Sequence[Callback]]:
        """Return the callbacks for every call, for those that succeeded, and for the others."""
        return self.callbacks, self.success_callback, self.failure_callback


class RouterSettings(TypedDict, total=False):
    """The settings that a Router takes as they are; `Settings` describes them."""

    drop_params: bool
    disable_stop_sequence_limit: bool
    request_timeout: object
    http_client: Any
    max_response_bytes: int | None
    cache: Store | bool | None
    callbacks: Sequence[Callback]
    success_callback: Sequence[Callback]
    failure_callback: Sequence[Callback]
    model_alias_map: Mapping[str, str]
    wire: Wire | None
    response_store: Store | None
    trusted_hosts: Sequence[str]


class ClientSettings(RouterSettings, total=False):
    """All settings as arguments, for type checkers and editors."""

    num_retries: int | None


class ClientWithSettings(ChainClient):
    """A chain of middlewares whose calls have defaults."""

    settings: Settings

    def current_settings(self) -> Settings:
        """Return the settings that apply to a call now."""
        return self.settings


SETTING_NAMES = frozenset(Settings.__struct_fields__)


@cache
def _checks() -> Mapping[str, Callable[[str, object], object]]:
    """Return the check of each setting, from its annotation."""
    hints = get_type_hints(Settings, include_extras=True)
    return {name: hints[name].__metadata__[0] for name in SETTING_NAMES}


def read_settings(
    owner: str,
    given: Mapping[str, Any],
    arguments: Collection[str] = (),
    of_calls: Collection[str] = (),
) -> Settings:
    """Return settings that were given by name.

    `owner` names their receiver in errors, `arguments` are the other names that it takes, and
    `of_calls` those that its calls take.

    Raises:
        InvalidArgumentError: a setting is unknown, or its value is invalid.
    """
    settings = Settings()
    for name, value in given.items():
        if name not in SETTING_NAMES:
            problem = unknown_setting(owner, name, arguments, of_calls)
            raise InvalidArgumentError(problem, param=name)
        settings.change(name, value)
    return settings


def describe_setting(name: str, value: object, owner: str) -> str:
    """Return a setting as text; callbacks are shown by their names."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        items = cast("Sequence[object]", value)
        names = [item if isinstance(item, str) else _name_of(item) for item in items]
        return f"{name}=[{', '.join(names)}] ({owner})"
    return f"{name}={value!r} ({owner})"


def _name_of(thing: object) -> str:
    return getattr(thing, "__name__", type(thing).__name__)


def unknown_setting(
    owner: str, name: str, arguments: Collection[str] = (), of_calls: Collection[str] = ()
) -> str:
    """Return the message of the error for a name that is neither a setting nor an argument."""
    from ..litellm_names.table import find_entry  # noqa: PLC0415  # only for this error
    from ..pipeline.near_names import find_near  # noqa: PLC0415  # the same

    problem = f"{owner} has no setting {name!r}"
    entry = find_entry(name, "settings")
    if entry is not None:
        return f"{problem}: {entry.text}"
    own = SETTING_NAMES.union(arguments)
    calls = CHAT_PARAMS.union(of_calls) - own
    if name in calls:
        return f"{problem}: pass it to completion()"
    near = find_near(name, own | calls)
    if near is not None:
        place = ", an argument of completion()" if near in calls else ""
        return f"{problem}; did you mean {near}{place}?"
    return f"{problem}; settings are {', '.join(sorted(SETTING_NAMES))}"
