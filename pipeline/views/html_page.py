"""Draw calls and chains as HTML for notebooks: no scripts, no external resources, escaped text.

Text and lines have the page's own color, and the colors of the bars contrast with light and dark
backgrounds (at least 3:1), so the drawing fits any theme. If a page removes the styles, a plain
table with the same content remains.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from .call_view import AnswerView, CallView, LayerView, Row, cut, format_seconds

_LIMIT = 4000

# A word and a sign for each outcome, so that nobody depends on colors.
_OUTCOMES = {
    "completed": "\u2713 completed",
    "failed": "\u2717 failed",
    "truncated": "\u2717 broke off",
    "abandoned": "\u25cb left by the caller",
    "open": "\u2026 not ended",
}
COLORS = {
    "attempt": "#4c7fd9",
    "failed": "#d9534a",
    "stream": "#2d9368",
    "waited": "#858b94",
    "note": "#9c6ade",
}

# Notebooks have their own styles for tables; the doubled class takes precedence over them.
_STYLE = """
.trunkline{font:13px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif;max-width:960px;min-width:0;\
padding:12px 14px;border:1px solid rgba(128,128,128,.35);border-radius:8px;text-align:left}
.trunkline *{box-sizing:border-box}
.trunkline p{margin:0 0 8px}
.trunkline .head{display:flex;flex-wrap:wrap;gap:2px 10px;align-items:baseline}
.trunkline .head b{font-size:15px}
.trunkline .outcome{margin-left:auto;font-weight:600}
.trunkline .dim,.trunkline dt,.trunkline th{opacity:.72;font-weight:400}
.trunkline dl{display:flex;flex-wrap:wrap;gap:4px 22px;margin:0 0 10px}
.trunkline dt{font-size:11px;margin:0}
.trunkline dd{margin:0;padding:0;overflow-wrap:anywhere}
.trunkline .chain{font-size:12px}
.trunkline .chain b{font-weight:600}
.trunkline .chain i{font-style:normal;opacity:.72}
.trunkline.trunkline table{border-collapse:collapse;border:0;width:100%;margin:0 0 10px;\
table-layout:auto;font-size:12px}
.trunkline.trunkline tr{background:none!important;border:0}
.trunkline.trunkline :is(td,th){text-align:left;vertical-align:top;padding:3px 12px 3px 0;\
border:0;border-top:1px solid rgba(128,128,128,.2);background:none;color:inherit;\
white-space:normal;overflow-wrap:break-word;max-width:none}
.trunkline.trunkline thead :is(td,th){border-top:0;vertical-align:bottom}
.trunkline.trunkline .number{text-align:right;white-space:nowrap;\
font-variant-numeric:tabular-nums;padding:3px 0 3px 12px}
.trunkline.trunkline tbody th{opacity:1;font-weight:600}
.trunkline .wide{overflow-x:auto}
.trunkline.trunkline .layers :is(td,th):first-child{width:2.5em}
.trunkline.trunkline .layers tbody th{width:26%}
.trunkline.trunkline .layers .what{width:42%}
.trunkline.trunkline .lane{width:40%;min-width:120px;padding-right:0}
@media(max-width:640px){.trunkline.trunkline .at{display:none}
.trunkline.trunkline .lane{min-width:64px}}
.trunkline .scale{display:flex;justify-content:space-between}
.trunkline .track{position:relative;height:12px;margin-top:3px;overflow:hidden;border-radius:3px;\
background:rgba(128,128,128,.14)}
.trunkline .bar{position:absolute;top:0;bottom:0;min-width:3px;border-radius:3px}
.trunkline .failed{background-image:repeating-linear-gradient(45deg,transparent 0 4px,\
rgba(255,255,255,.38) 4px 6px)}
.trunkline .waited{background-image:repeating-linear-gradient(90deg,transparent 0 3px,\
rgba(255,255,255,.3) 3px 5px)}
.trunkline .text{white-space:pre-wrap;overflow-wrap:anywhere;margin:0 0 8px;padding:8px 10px;\
background:rgba(128,128,128,.1);border-radius:6px;color:inherit}
.trunkline pre.text{font:12px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.trunkline .error{border-left:4px solid #d9534a}
.trunkline summary{cursor:pointer;margin:0 0 8px}
.trunkline>:last-child{margin-bottom:0}
""".strip()


def draw_call(view: CallView) -> str:
    """Return a call as a self-contained piece of HTML."""
    parts = [_head(view), _facts(view)]
    if view.error:
        parts.append(f'<p class="text error">{_text(view.error)}</p>')
    if view.layers:
        parts.append(_chain(view))
    if view.rows:
        parts.append(_waterfall(view))
    for answer in view.answers:
        parts += _answer(answer)
    return _frame(f"call of {view.model}", parts)


def draw_chain(title: str, layers: Iterable[LayerView]) -> str:
    """Return a client's chain as a self-contained piece of HTML: a table, outermost first."""
    rows = [
        f'<tr><td class="dim">{number}</td><th scope="row">{escape(layer.name)}</th>'
        f'<td class="what">{escape(layer.summary)}</td>'
        f'<td class="dim">{escape(layer.options)}</td></tr>'
        for number, layer in enumerate(layers, 1)
    ]
    head = _header("", "layer", "what it does", "options of a call")
    table = f'<table class="layers">{head}<tbody>{"".join(rows)}</tbody></table>'
    return _frame(
        f"chain of {title}",
        [
            f'<p class="head"><b>{escape(title)}</b> <span class="dim">a call passes through these '
            "layers from top to bottom</span></p>",
            f'<div class="wide">{table}</div>',
        ],
    )


def _frame(title: str, parts: Iterable[str]) -> str:
    inner = "\n".join(part for part in parts if part)
    return (
        f'<div class="trunkline" role="group" aria-label="{escape(title)}">'
        f"<style>{_STYLE}</style>\n{inner}\n</div>"
    )


def _head(view: CallView) -> str:
    provider = f' <span class="dim">{escape(view.provider)}</span>' if view.provider else ""
    said = _OUTCOMES.get(view.outcome, "")
    outcome = f' <span class="outcome">{said}</span>' if said else ""
    return f'<p class="head"><b>{escape(view.model)}</b>{provider}{outcome}</p>'


def _facts(view: CallView) -> str:
    facts = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in view.facts
    )
    return f"<dl>{facts}</dl>" if facts else ""


def _chain(view: CallView) -> str:
    names = [
        f'<b title="did something">{escape(name)}</b>' if did else f"<i>{escape(name)}</i>"
        for name, did in view.layers
    ]
    joined = " \u203a ".join(names)
    return f'<p class="chain" aria-label="chain">{joined}</p>'


def _waterfall(view: CallView) -> str:
    scale = f'<div class="scale"><span>0</span> <span>{format_seconds(view.seconds)}</span></div>'
    head = (
        '<thead><tr><th scope="col">layer</th><th scope="col">what it did</th>'
        f'<th scope="col" class="lane">{scale}</th><th scope="col" class="number at">at</th>'
        '<th scope="col" class="number">took</th></tr></thead>'
    )
    rows = "".join(_row(row, view.seconds) for row in view.rows)
    more = f'<p class="dim">{view.more:,} more notes not shown</p>' if view.more else ""
    table = f'<table aria-label="waterfall">{head}<tbody>{rows}</tbody></table>'
    return f'<div class="wide">{table}</div>{more}'


def _row(row: Row, total: float) -> str:
    # A very short bar is 3 pixels wide and must not extend beyond its track.
    left = min(100 * row.start / total, 100) if total else 0
    width = min(100 * row.seconds / total, 100 - left) if total else 0
    at = format_seconds(row.start)
    span = f"at {at}, for {row.took}" if row.took else f"at {at}"
    place = f"left:min({left:.2f}%,100% - 3px);width:{width:.2f}%"
    return (
        f'<tr><th scope="row">{escape(row.layer)}</th><td>{escape(row.text)}</td>'
        f'<td class="lane"><div class="track" role="img" aria-label="{span}" '
        f'title="{span}"><div class="bar {row.kind}" '
        f'style="background-color:{COLORS[row.kind]};{place}"></div></div></td>'
        f'<td class="number at">{at}</td><td class="number">{row.took}</td></tr>'
    )


def _answer(answer: AnswerView) -> Iterable[str]:
    if answer.reasoning:
        yield (
            f"<details><summary>reasoning ({len(answer.reasoning):,} characters)</summary>"
            f'<p class="text dim">{_text(answer.reasoning)}</p></details>'
        )
    for what, text in ((answer.title, answer.text), ("refusal", answer.refusal)):
        if text:
            yield f'<p class="text" aria-label="{what}">{_text(text)}</p>'
    for name, arguments in answer.calls:
        call = f"<b>{escape(name)}</b>({_text(arguments)})"
        yield f'<pre class="text" aria-label="tool call">{call}</pre>'
    if answer.media:
        yield f'<p class="dim">{_text(answer.media)}</p>'


def _header(*names: str) -> str:
    cells = "".join(f'<th scope="col">{name}</th>' for name in names)
    return f"<thead><tr>{cells}</tr></thead>"


def _text(text: str) -> str:
    return escape(cut(text, _LIMIT))
