"""A language model of half a megabyte with predictable output.

The file is an ordinary GGUF of the Llama architecture, so llama.cpp loads and serves it like any
model, and its HTTP responses are real. Attention and feed-forward weights are zero and the
embeddings are one-hot, so the output matrix is a lookup table: the next token depends only on the
last one.

Its output, greedily and at any reasonable temperature:

- in a chat: `CHAT_TEXT`; the thinking variant first reasons `REASONING_TEXT`;
- with tools: one call of the first tool, with "Paris" for strings and 42 for numbers;
- after a tool's result: `TOOL_RESULT_TEXT`;
- with a JSON schema: the required keys, with the same values.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Protocol

import gguf
import numpy as np
import numpy.typing as npt

CHAT_TEXT = "Hello from the tiny test model."
REASONING_TEXT = "I should greet"
TOOL_RESULT_TEXT = "The tool said so."
CONTEXT_LENGTH = 4096

Matrix = npt.NDArray[np.float32]

_END = "<|eos|>"
# The model sees only one token, so the first token of a response encodes the conversation's state.
_ANSWER, _CALL, _REPORT = "<|assistant|>", "<|assistant_calls|>", "<|assistant_reports|>"
_ROLES = ("<|system|>", "<|user|>", "<|tool|>", "<|end|>")
_CONTROL = ("<|bos|>", _END, *_ROLES, _ANSWER, _CALL, _REPORT)
_MARKUP = ("<think>", "</think>", "<tool_call>", "</tool_call>")

_CHAT = ["Hello", " from", " the", " tiny", " test", " model", "."]
_REASONING = ["I", " should", " greet"]
_TOOL_RESULT = ["The", " tool", " said", " so", "."]
# llama.cpp rejects a byte pair vocabulary without merges; no text contains this pair of letters.
_MERGE = ("z", "q")

# Default logits of tokens, which decide between the tokens that a grammar allows. Tokens that end
# something are the most likely; tokens that could repeat forever are the least likely.
_FONDNESS = {
    _END: 9.0,
    "</tool_call>": 8.5,
    "}": 8.0,
    "]": 7.5,
    '"': 7.0,
    ":": 6.0,
    ",": 5.0,
    "{": 4.0,
    "[": 3.0,
    "1": 0.0,
    "t": -3.0,
    "e": -6.0,
    " ": -8.0,
    **dict.fromkeys("-.\nE", -9.0),
    "Paris": -9.0,
    "`": -14.0,
    "\\": -15.0,
}
_FONDNESS_OF_MARKERS = -30.0
_CERTAIN = 40.0

_TEMPLATE = """\
{%- for message in messages -%}
{%- if message.role == 'assistant' -%}
<|assistant|>ANSWER_BEGINS{{ message.content or '' }}
{%- for call in message.tool_calls or [] -%}
<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>
{%- endfor -%}
{%- else -%}
<|{{ message.role }}|>{{ message.content }}
{%- endif -%}
<|end|>
{%- endfor -%}
{%- if tools -%}<|system|>{{ tools | tojson }}<|end|>{%- endif -%}
{%- if add_generation_prompt -%}
{%- if messages[-1].role == 'tool' -%}<|assistant_reports|>
{%- elif tools -%}<|assistant_calls|>
{%- else -%}<|assistant|>
{%- endif -%}
{%- endif -%}
"""
_RECALL_REASONING = (
    "{%- if message.reasoning_content -%}"
    "<think>{{ message.reasoning_content }}</think>"
    "{%- endif -%}"
)


def write_tiny_gguf(path: Path, *, thinking: bool = False) -> None:
    """Write the model to a file, with the same bytes every time.

    Args:
        path: file to write, replaced if it exists.
        thinking: whether the model reasons, between `<think>` and `</think>`, before its text.
    """
    vocabulary = _Vocabulary()
    table = _likelihoods(vocabulary, thinking=thinking)
    template = _TEMPLATE.replace("ANSWER_BEGINS", _RECALL_REASONING if thinking else "")
    writer = gguf.GGUFWriter(path, "llama")
    _add_tokenizer(writer, vocabulary, template)
    _add_network(writer, table)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


class _Vocabulary:
    """The tokens: markers, the 256 bytes, and the words of the model's output."""

    def __init__(self) -> None:
        words = [*_CHAT, *_REASONING, *_TOOL_RESULT, "Paris", "".join(_MERGE)]
        spelled = [_spell(word.encode()) for word in words]
        single = [_spell(bytes([byte])) for byte in range(256)]
        self.tokens = list(dict.fromkeys([*_CONTROL, *_MARKUP, *single, *spelled]))
        self.kinds = [
            gguf.TokenType.CONTROL
            if token in _CONTROL
            else gguf.TokenType.USER_DEFINED
            if token in _MARKUP
            else gguf.TokenType.NORMAL
            for token in self.tokens
        ]
        self._index = {token: index for index, token in enumerate(self.tokens)}

    def __len__(self) -> int:
        return len(self.tokens)

    def index(self, text: str) -> int:
        """Return the number of a marker, a character or a word."""
        found = self._index.get(text)
        return self._index[_spell(text.encode())] if found is None else found


def _spell(data: bytes) -> str:
    """Return bytes as in GPT-2's vocabularies: each byte as a printable character.

    Source: `bytes_to_unicode` of https://github.com/openai/gpt-2/blob/master/src/encoder.py
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return "".join(
        chr(byte) if byte in printable else chr(256 + others.index(byte)) for byte in data
    )


def _likelihoods(vocabulary: _Vocabulary, *, thinking: bool) -> Matrix:
    """Return the logits as a table: a row for the last token, a column for the next."""
    fondness = np.full(len(vocabulary), -10.0, np.float32)
    for byte in range(256):
        letter = chr(byte)
        plain = -5.0 if letter.isalnum() else -7.0
        fondness[vocabulary.index(_spell(bytes([byte])))] = plain if 32 <= byte < 127 else -12.0
    for marker in [*_CONTROL, *_MARKUP]:
        fondness[vocabulary.index(marker)] = _FONDNESS_OF_MARKERS
    for text, liking in _FONDNESS.items():
        fondness[vocabulary.index(text)] = liking
    table = np.tile(fondness, (len(vocabulary), 1))

    def follow(last: str, following: str, liking: float = _CERTAIN) -> None:
        table[vocabulary.index(last), vocabulary.index(following)] = liking

    for saying in _sayings(thinking=thinking):
        for last, following in pairwise(saying):
            follow(last, following)
    _fill_values(follow)
    return table


def _sayings(*, thinking: bool) -> list[list[str]]:
    """Return the token sequences that the model produces without a grammar."""
    reasoning = ["<think>", *_REASONING, "</think>"] if thinking else []
    return [
        [_ANSWER, *reasoning, *_CHAT, _END],
        [_CALL, "<tool_call>", "\n"],
        ["</tool_call>", _END],
        [_REPORT, *_TOOL_RESULT, _END],
    ]


class _Follow(Protocol):
    def __call__(self, last: str, following: str, liking: float = ...) -> None: ...


def _fill_values(follow: _Follow) -> None:
    """Make strings "Paris" and numbers 42 wherever a grammar requires a value."""
    follow('"', "Paris", 30)
    follow("Paris", '"')
    follow(":", "4", 20)
    for before in " [":
        follow(before, "4", 3)
    follow("4", "2", 30)
    for digit in "012356789":
        for liking, closing in enumerate(",]}", start=37):
            follow(digit, closing, liking)


def _add_tokenizer(writer: gguf.GGUFWriter, vocabulary: _Vocabulary, template: str) -> None:
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(vocabulary.tokens)
    writer.add_token_types(vocabulary.kinds)
    writer.add_token_merges([" ".join(_MERGE)])
    writer.add_bos_token_id(vocabulary.index("<|bos|>"))
    writer.add_eos_token_id(vocabulary.index(_END))
    writer.add_add_bos_token(False)
    writer.add_chat_template(template)


def _add_network(writer: gguf.GGUFWriter, table: Matrix) -> None:
    tokens = len(table)
    width = -(-tokens // 64) * 64
    inner = 32
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT_LENGTH)
    writer.add_embedding_length(width)
    writer.add_block_count(1)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(1)
    writer.add_head_count_kv(1)
    writer.add_key_length(inner)
    writer.add_value_length(inner)
    writer.add_rope_dimension_count(inner)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_vocab_size(tokens)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)

    output = np.zeros((tokens, width), np.float32)
    # The norm before the output multiplies a one-hot vector by the square root of its length.
    output[:, :tokens] = table.T / np.sqrt(width)
    writer.add_tensor("token_embd.weight", np.eye(tokens, width, dtype=np.float16))
    writer.add_tensor("output.weight", output.astype(np.float16))
    writer.add_tensor("output_norm.weight", np.ones(width, np.float32))
    for name in ("attn_norm", "ffn_norm"):
        writer.add_tensor(f"blk.0.{name}.weight", np.ones(width, np.float32))
    for name in ("attn_q", "attn_k", "attn_v", "ffn_gate", "ffn_up"):
        writer.add_tensor(f"blk.0.{name}.weight", np.zeros((inner, width), np.float16))
    for name in ("attn_output", "ffn_down"):
        writer.add_tensor(f"blk.0.{name}.weight", np.zeros((width, inner), np.float16))
