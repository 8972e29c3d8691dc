"""Write docs/providers.md from the provider table: `python scripts/make_providers.py`."""

from __future__ import annotations

from pathlib import Path

from trunkline import Provider, list_providers
from trunkline.adapters.table.agents import AGENTS
from trunkline.adapters.table.clouds import CLOUDS
from trunkline.adapters.table.gateways import GATEWAYS
from trunkline.adapters.table.hosts import HOSTS
from trunkline.adapters.table.hosts_small import SMALL_HOSTS
from trunkline.adapters.table.labs import LABS
from trunkline.adapters.table.labs_china import CHINA_LABS
from trunkline.adapters.table.labs_small import SMALL_LABS
from trunkline.adapters.table.native import NATIVE_ROWS
from trunkline.adapters.table.servers import SERVERS

PAGE = Path(__file__).parents[1] / "docs" / "providers.md"
_HEAD = """\
<!-- Written by scripts/make_providers.py from the provider table; change the table instead. -->

# Providers

{count} providers. Call a model as `PREFIX/MODEL`.

- **Key.** trunkline reads the key from the first of these variables that is set, and sends it only
  to the provider's own address. `api_key=` takes precedence.
- **Address.** The URL is the default. Set one of the variables in the same column, or pass
  `base_url=`, to override it. `{{NAME}}` in a URL is replaced by the environment variable `NAME`,
  or by the argument with that name in lower case: `aws_region_name="eu-west-1"`. Arguments take
  precedence. `{{region}}` is the AWS region.
- **Wire.** The module in `adapters/wires/` that implements the provider's API.

To add a provider, write [a row of data](adding-a-provider.md), at run time or in a package.
"""
_TABLE = """
## {title}

| Prefix | Provider | Key | Address | Wire |
| --- | --- | --- | --- | --- |
"""
_GROUPS = {
    "APIs of their own": NATIVE_ROWS,
    "Labs": LABS + CHINA_LABS + SMALL_LABS,
    "Hosts of open models": HOSTS + SMALL_HOSTS,
    "Clouds": CLOUDS,
    "Gateways": GATEWAYS,
    "Servers that you run": SERVERS,
    "Agents": AGENTS,
}


def page() -> str:
    """Return the page as Markdown."""
    groups = {title: {row.name for row in rows} for title, rows in _GROUPS.items()}
    # Without those that the process has registered itself.
    own = set[str]().union(*groups.values())
    rows = [row for row in list_providers() if row.name in own]
    tables = [
        _TABLE.format(title=title) + "".join(_line(row) for row in rows if row.name in names)
        for title, names in groups.items()
    ]
    return _HEAD.format(count=len(rows)) + "".join(tables)


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
