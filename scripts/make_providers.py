"""Write docs/providers.md from the provider table: `python scripts/make_providers.py`."""

from __future__ import annotations

from pathlib import Path

from trunkline import Provider, list_providers

PAGE = Path(__file__).parents[1] / "docs" / "providers.md"
_HEAD = """\
<!-- Written by scripts/make_providers.py from the provider table; change the table instead. -->

# Providers

{count} providers, called as `PREFIX/MODEL`. A key is read from the first of its variables that is
set and goes to the provider's own address only; `api_key=` goes before it. The address is the one
below unless one of the variables beside it is set or `base_url=` is given; `{{NAME}}` in it is
filled in from the variable of that name. The wire is the module that speaks the provider's
language.

Another one is [a row of data](adding-a-provider.md), added while the program runs or brought by a
package.

| Prefix | Provider | Key | Address | Wire |
| --- | --- | --- | --- | --- |
"""


def page() -> str:
    """Return the page."""
    rows = list_providers()
    return _HEAD.format(count=len(rows)) + "".join(map(_line, rows))


def _line(row: Provider) -> str:
    prefixes = _codes((row.name, *row.aliases))
    keys = _codes(row.key_env) or ("the cloud's own login" if row.auth == "wire" else "none")
    if row.auth == "optional":
        keys += " (optional)"
    address = _codes((row.base_url,) if row.base_url else ())
    variables = _codes(row.base_url_env)
    places = "<br>".join(part for part in (address, variables) if part)
    title = row.title.replace("|", "\\|")
    return f"| {prefixes} | [{title}]({row.docs}) | {keys} | {places} | {row.wire} |\n"


def _codes(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`".replace("|", "\\|") for name in names)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
