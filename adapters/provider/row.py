"""A provider as a row of data, and the rules for some of its models."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from msgspec import Struct

from ...pipeline.errors import APIError
from ...pipeline.provider_facts import PriceRules

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
    "audio_text",  # `input_audio` is the data or the URL itself, not an object with it
    "auto_tools",  # `tool_choice` must be "auto"
    "custom_tools",  # takes tools of type "custom", whose input is free text
    "document_urls",  # files and documents are parts of type "document_url"
    "developer_role",  # accepts messages of role "developer"
    "enable_thinking",  # `enable_thinking` switches reasoning: see wires/openai/thinking.py
    "forced_json",  # structured output needs a forced tool call: see structured/forced_tool.py
    "forced_schema",  # a schema needs that tool call; "json_object" is sent as it is
    "json_schema_only",  # `response_format` takes schemas but not "json_object"
    "prefill",  # continues an assistant message at the end of a conversation
    "prefill_prefix",  # does so only if the message has the field `prefix`
    "no_stream_usage",  # streams always report usage, and `stream_options` is refused
    "reasoning_beside_completion",  # `completion_tokens` does not include reasoning
    "reasons",  # reasons unless `reasoning_effort` is "none"
    "short_call_ids",  # ids of tool calls have nine letters and digits
    "text_content",  # content that consists only of text is sent as a string
    "thinking_parts",  # reasoning is sent back as parts of type "thinking"
    "thinking_none",  # `reasoning_effort` works, but "none" is `thinking`: see thinking.py
    "thinking_switch",  # `thinking` switches reasoning: see wires/openai/thinking.py
    "tool_media",  # tool results may contain images and other media
    "tools_need_responses",  # chat completions refuse tools together with reasoning
    "unforced_thinking",  # `tool_choice` cannot force a call unless thinking is off
    "unforced_tools",  # `tool_choice` can never force a call
]

#: OpenAI's APIs that a model may have.
Api = Literal["chat", "responses"]

#: Content parts of OpenAI's own API.
#: https://platform.openai.com/docs/api-reference/chat/create#chat-create-messages
OPENAI_PARTS = frozenset({"file", "image_url", "input_audio", "refusal", "text"})

#: Fields that only our own messages have; most providers refuse a message that contains them.
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


#: Suffix of every host: for servers that each user runs at an address of their own.
ANY_HOST = ("",)


class ResponsesAPI(Struct, frozen=True, kw_only=True, eq=False):
    """How a provider offers OpenAI's Responses API.

    Attributes:
        wire: name of the wire that speaks it.
        path: added to base_url.
        hosts: suffixes of the provider's own hosts, besides the host of `base_url`; at any other
            address a call stays on chat completions unless the caller says otherwise.
        for_tools: whether reasoning models use it when a call has function or custom tools.
        used: "always" by responses(); if it is young or has few models, "needed" for what chat
            completions lack; "asked" if only a prefix or an argument selects it.
        on_request: regular expression of models that the rules list with chat completions only, but
            for which a prefix or an argument selects it all the same.
        drops: parameters of the Responses API that it does not support.
        built_in_tools: types of the API's built-in tools that it has, None if it has all, or if
            that is not known.
        chat_params: parameters that its chat completions have too, although OpenAI's have not.
        keys_are_accounts: whether each of its keys may be of another account, which cannot read the
            encrypted reasoning of others; if not, each host can read its own.
    """

    wire: str = "responses"
    path: str = "/responses"
    hosts: tuple[str, ...] = ()
    for_tools: bool = False
    used: Literal["always", "needed", "asked"] = "always"
    on_request: str = ""
    drops: frozenset[str] = frozenset()
    built_in_tools: frozenset[str] | None = None
    chat_params: frozenset[str] = frozenset()
    keys_are_accounts: bool = False


class ModelRule(Struct, frozen=True, kw_only=True, eq=False):
    """What differs for the models whose name matches a pattern.

    Attributes:
        pattern: regular expression, searched in the lower-case model name.
        drops: OpenAI parameters that these models do not support.
        adds: OpenAI parameters that only these models support.
        renames: parameters that they take under another name.
        keeps: fields of our own messages that only these models take back.
        reasoning_drops: OpenAI parameters that they do not support while they reason.
        refuses: parameters besides OpenAI's that these models do not support.
        exclusive: pairs of parameters of which they support only one at a time; the second is
            dropped if one must be.
        flags: added to the provider's own flags.
        wire: the wire that these models use, if it is not the provider's.
        apis: OpenAI's APIs that these models have, None for those of the provider.
        cache_mark: as `Provider.cache_mark`, None for the provider's.
    """

    pattern: str
    drops: frozenset[str] = frozenset()
    adds: frozenset[str] = frozenset()
    renames: Mapping[str, str] = NO_MAPPING
    keeps: frozenset[str] = frozenset()
    reasoning_drops: frozenset[str] = frozenset()
    refuses: frozenset[str] = frozenset()
    exclusive: tuple[tuple[str, str], ...] = ()
    flags: frozenset[Flag] = frozenset()
    wire: str | None = None
    apis: frozenset[Api] | None = None
    cache_mark: str | None = None


class Provider(Struct, frozen=True, kw_only=True, eq=False):
    """A provider: its address, its authentication, and how it differs from its wire.

    Attributes:
        name: prefix in "prefix/model".
        title: its name for people.
        misspellings: prefixes that people write for it; one with a slash at its end begins the
            names of its models.
        family: regular expression of the names of its own models, in lower case; one without a
            prefix is refused, and the error names this provider.
        base_url: root of its API; None if each user has a different one. May contain `{NAME}`
            or `{NAME|OTHER}` fields, which are filled from the arguments `name` or `other` of a
            call, or from the environment variables `NAME` or `OTHER`.
        base_url_env: environment variables that override it; the first that is set wins.
        key_env: environment variables of its key; the first that is set wins.
        wire: name of the wire, its path below adapters/wires/ ("vertex/claude"), or the dotted path
            of a module in another package.
        path: added to base_url.
        responses: how it offers the Responses API; None if it does not.
        auth: how the key is sent: "bearer", "key" ("Authorization: Key ..."), "token"
            ("Authorization: Token ..."), or the header's name; "none" sends no key, "optional"
            sends a bearer token if there is a key, "wire" leaves it to the wire.
        logins: sets of environment variables that the wire accepts instead of a key; an empty set
            if no variable is needed.
        headers: sent with every request.
        drops: OpenAI parameters that it does not support.
        built_in_tools: types of built-in tools of the Responses API that its chat completions take
            too.
        renames: OpenAI parameters that it takes under another name.
        models: what differs for some of its models.
        max_stop_sequences: how many `stop` entries it takes.
        flags: what its wire needs to know about it; see `Flag`.
        parts: types of content parts that it takes on an OpenAI-shaped wire; None if that depends
            on an unknown server behind it, so that all parts are sent unchanged.
        inlines: types of parts whose URL it does not fetch; trunkline fetches the content and
            sends it instead.
        keeps: fields of our own messages that it takes back.
        cache_mark: the field of a content part that marks the end of a prefix for its prompt
            cache; "" if it has none, or caches without marks.
        strips: further fields that it refuses in messages, content parts and tools.
        finish_reasons: its own finish reasons, mapped to OpenAI's.
        error_codes: numbers that it sends as error codes, with their classes.
        aliases: other prefixes for it.
        counter: the module that counts its tokens, named like a wire; "" for the wire's own
            counter, if it has one.
        otel_name: its name in OpenTelemetry's conventions, if that is not `name`.
        price_name: its id in genai-prices; "" if its prices are not listed there.
        price_rules: how to find its models in that list.
        beta_header: the header in which it takes the names of Claude's betas, where its wire is not
            Anthropic's.
        docs: URL of its API documentation.
    """

    name: str
    title: str = ""
    misspellings: tuple[str, ...] = ()
    family: str = ""
    base_url: str | None = None
    base_url_env: tuple[str, ...] = ()
    key_env: tuple[str, ...] = ()
    wire: str = "openai"
    path: str = "/chat/completions"
    responses: ResponsesAPI | None = None
    auth: Auth = "bearer"
    logins: tuple[tuple[str, ...], ...] = ()
    headers: Mapping[str, str] = NO_MAPPING
    drops: frozenset[str] = frozenset()
    built_in_tools: frozenset[str] = frozenset()
    renames: Mapping[str, str] = NO_MAPPING
    models: tuple[ModelRule, ...] = ()
    max_stop_sequences: int | None = None
    flags: frozenset[Flag] = frozenset()
    parts: frozenset[str] | None = OPENAI_PARTS
    inlines: frozenset[str] = frozenset()
    keeps: frozenset[str] = frozenset()
    cache_mark: str = ""
    strips: frozenset[str] = frozenset()
    finish_reasons: Mapping[str, str] = NO_MAPPING
    error_codes: Mapping[str, type[APIError]] = NO_MAPPING
    aliases: tuple[str, ...] = ()
    counter: str = ""
    otel_name: str = ""
    price_name: str = ""
    price_rules: PriceRules = PriceRules()
    beta_header: str = "anthropic-beta"
    docs: str = ""
