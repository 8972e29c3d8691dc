"""Write docs/providers.md from the provider table: `python scripts/make_providers.py`."""

from __future__ import annotations

from pathlib import Path

from trunkline import Provider, list_providers

PAGE = Path(__file__).parents[1] / "docs" / "providers.md"
_HEAD = """\
<!-- Written by scripts/make_providers.py from the provider table; change the table instead. -->

# Providers

{count} providers. Call a model as `PREFIX/MODEL`.

- **Key.** trunkline reads the key from the first of these variables that is set, and sends it only
  to the provider's own address. `api_key=` takes precedence.
- **Address.** The URL is the default. Set one of the variables in the same column, or pass
  `base_url=`, to override it. `{{NAME}}` in a URL is replaced by the environment variable `NAME`,
  and `{{region}}` by the AWS region.
- **Wire.** The module in `adapters/wires/` that implements the provider's API.

To add a provider, write [a row of data](adding-a-provider.md), at run time or in a package.

| Prefix | Provider | Key | Address | Wire |
| --- | --- | --- | --- | --- |
"""


def page() -> str:
    """Return the page as Markdown."""
    rows = list_providers()
    return _HEAD.format(count=len(rows)) + "".join(map(_line, rows))


def _line(row: Provider) -> str:
    prefixes = _codes((row.name, *row.aliases))
    keys = _codes(row.key_env) or ("the cloud's credentials" if row.auth == "wire" else "none")
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
