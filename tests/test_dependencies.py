"""Every library that the code imports is declared in pyproject.toml, and not only brought along by another one."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OWN = {path.parent.name for path in ROOT.glob("*/__init__.py")} | {"tests"}


def imported(folder: str) -> set[str]:
    """The top-level modules from elsewhere that a folder's code imports."""
    found = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found - OWN - sys.stdlib_module_names


def declared(*extras: str) -> set[str]:
    """The names of the libraries in pyproject.toml, in lower case and with dashes."""
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in PROJECT["optional-dependencies"][extra])]
    return {re.split(r"[<>=]", line)[0].lower() for line in lines}


@pytest.mark.parametrize(
    ("folder", "extras"),
    [
        ("common", ()),
        ("producer", ()),
        ("detector", ("dev",)),
        ("sink", ()),
        ("dashboard", ()),
        ("nasdaq", ()),
        ("local", ("local",)),
        ("bench", ("local",)),
        ("tests", ("local", "dev")),
    ],
)
def test_what_is_imported_is_declared(folder: str, extras: tuple[str, ...]) -> None:
    providers = packages_distributions()
    known = declared(*extras)

    missing = {
        name for name in imported(folder) if not known & {each.lower().replace("_", "-") for each in providers[name]}
    }

    assert not missing
