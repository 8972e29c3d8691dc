"""A provider as a row of data, and what can be said of its models by their names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from msgspec import Struct

NO_MAPPING: Mapping[str, Any] = MappingProxyType({})

Auth = Literal[
    "bearer",
    "key",
    "token",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "x-portkey-api-key",
    "none",
    "optional",
    "wire",
]
Flag = Literal[
    "developer_role",  # messages of role "developer" are known
    "enable_thinking",  # reasoning is switched by `enable_thinking`: see thinking.py
    "forced_json",  # structured output needs a tool that must be called: see forced_tool.py
    "forced_schema",  # a schema needs that tool; "json_object" is taken as it is
    "json_schema_only",  # `response_format` takes schemas, and no "json_object"
    "no_stream_usage",  # streams tell their usage unasked, and `stream_options` is refused
    "reasoning_beside_completion",  # `completion_tokens` leaves reasoning out
    "text_content",  # content that is nothing but text goes as one text
    "thinking_parts",  # reasoning goes back as parts of type "thinking"
    "thinking_none",  # `reasoning_effort` is known, but "none" is `thinking`: see thinking.py
    "thinking_switch",  # reasoning is switched by `thinking`: see thinking.py
    "tool_media",  # results of tools may hold pictures and the like
    "unforced_thinking",  # `tool_choice` may not demand a call unless thinking is switched off
    "unforced_tools",  # `tool_choice` may never demand a call
]

#: Content parts of OpenAI's own API.
#: https://platform.openai.com/docs/api-reference/chat/create#chat-create-messages
OPENAI_PARTS = frozenset({"file", "image_url", "input_audio", "refusal", "text"})

#: Fields that belong to our own messages; most providers refuse a message that has them.
OWN_MESSAGE_FIELDS = frozenset(
    {
        "annotations",
        "extra_content",
        "images",
        "provider_specific_fields",
        "reasoning",
        "reasoning_content",
        "reasoning_details",
        "thinking_blocks",
    }
)


class ModelRule(Struct, frozen=True, kw_only=True, eq=False):
    """What holds for the models whose name matches.

    Attributes:
        pattern: regular expression, searched in the lower-case model name.
        drops: OpenAI parameters that these models do not take.
        adds: OpenAI parameters that only these models take.
        renames: parameters that they take under another name.
        keeps: fields of our own messages that only they want back.
        flags: what their wire must know of requests to them, beside the provider's own flags.
        wire: module in adapters/ that speaks their language, where it is not the provider's.
    """

    pattern: str
    drops: frozenset[str] = frozenset()
    adds: frozenset[str] = frozenset()
    renames: Mapping[str, str] = NO_MAPPING
    keeps: frozenset[str] = frozenset()
    flags: frozenset[Flag] = frozenset()
    wire: str | None = None


class Provider(Struct, frozen=True, kw_only=True, eq=False):
    """A provider: where it is, how it lets one in, and how it differs from its wire.

    Attributes:
        name: prefix in "prefix/model".
        title: its name for people.
        base_url: root of its API; None where every user has an own one. May hold `{NAME}`
            or `{NAME|OTHER}` fields, which come from the environment variables of those names.
        base_url_env: environment variables that override it, first found wins.
        key_env: environment variables of its key, first found wins.
        wire: module in adapters/ that speaks its language, or a module's dotted path.
        path: added to base_url.
        auth: how the key is sent: "bearer", "key" ("Authorization: Key ..."), "token"
            ("Authorization: Token ..."), or the header's name; "none" sends none, "optional" a
            bearer where there is one, "wire" leaves it to the wire.
        logins: sets of environment variables that do instead of a key, where the wire finds them;
            an empty set where nothing need be set.
        headers: sent with every request.
        drops: OpenAI parameters that it does not take.
        renames: OpenAI parameters that it takes under another name.
        models: what differs for some of its models.
        max_stop_sequences: how many `stop` entries it takes.
        flags: what its wire must know of it; see `Flag`.
        parts: types of content parts that it takes on an OpenAI-shaped wire; None where nobody
            knows what stands behind it, and everything is sent as it is.
        inlines: types of parts whose web address it does not read; what is there is fetched, and
            sent instead.
        keeps: fields of our own messages that it wants back.
        strips: further fields that it refuses in messages, content parts and tools.
        finish_reasons: its own finish reasons, as OpenAI's.
        aliases: other prefixes for it.
        docs: its API documentation.
    """

    name: str
    title: str = ""
    base_url: str | None = None
    base_url_env: tuple[str, ...] = ()
    key_env: tuple[str, ...] = ()
    wire: str = "openai"
    path: str = "/chat/completions"
    auth: Auth = "bearer"
    logins: tuple[tuple[str, ...], ...] = ()
    headers: Mapping[str, str] = NO_MAPPING
    drops: frozenset[str] = frozenset()
    renames: Mapping[str, str] = NO_MAPPING
    models: tuple[ModelRule, ...] = ()
    max_stop_sequences: int | None = None
    flags: frozenset[Flag] = frozenset()
    parts: frozenset[str] | None = OPENAI_PARTS
    inlines: frozenset[str] = frozenset()
    keeps: frozenset[str] = frozenset()
    strips: frozenset[str] = frozenset()
    finish_reasons: Mapping[str, str] = NO_MAPPING
    aliases: tuple[str, ...] = ()
    docs: str = ""
