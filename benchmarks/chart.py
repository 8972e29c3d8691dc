"""The chart of the README: one group of bars a case, written as SVG by hand."""

from __future__ import annotations

from html import escape

from .calls import Row

_COLORS = {
    "floor": "#9aa5b1",
    "trunkline": "#2f6fdb",
    "trunkline[fast]": "#16a085",
    "openai": "#c98a1b",
    "litellm": "#c0392b",
    "any-llm": "#8e5ab5",
}
_WIDTH, _LEFT, _BAR, _GAP = 760, 190, 16, 22
_STYLE = "font-family:system-ui,sans-serif;font-size:12px;fill:#57606a"


def draw(table: dict[str, Row], title: str) -> str:
    """Return a chart of CPU microseconds by case; each group has a scale of its own."""
    parts: list[str] = []
    y = 48
    for case, row in table.items():
        parts.append(f'<text x="8" y="{y}" font-weight="bold">{escape(case)}</text>')
        y += 6
        longest = max(row.values())
        for name, value in row.items():
            length = max(2.0, value / longest * (_WIDTH - _LEFT - 150))
            color = _COLORS.get(name, "#888")
            middle = y + _BAR - 4
            parts += [
                f'<text x="{_LEFT - 8}" y="{middle}" text-anchor="end">{escape(name)}</text>',
                f'<rect x="{_LEFT}" y="{y}" width="{length:.0f}" height="{_BAR - 3}" rx="2"'
                f' fill="{color}"/>',
                f'<text x="{_LEFT + length + 6:.0f}" y="{middle}">{value:,.0f} µs'
                f" ({value / row['floor']:.2f})</text>",
            ]
            y += _BAR
        y += _GAP
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{y}" '
        f'viewBox="0 0 {_WIDTH} {y}" role="img"><title>{escape(title)}</title>'
        f'<rect width="100%" height="100%" fill="#fff"/><g style="{_STYLE}">'
        f'<text x="8" y="20" style="font-size:14px">{escape(title)}</text>'
    )
    return head + "".join(parts) + "</g></svg>\n"
