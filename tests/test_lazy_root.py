"""Importing the package stays cheap, and every public name resolves and is documented."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import flora_analytics

_HEAVY = {"pandas", "matplotlib", "deltalake", "pyarrow", "ibis", "duckdb", "requests", "numpy"}


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, flora_analytics; print(*{name.partition('.')[0] for name in sys.modules})"

    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout

    assert _HEAVY.isdisjoint(said.split())


@pytest.mark.parametrize("name", flora_analytics.__all__)
def test_every_public_name_resolves_and_is_documented(name):
    assert inspect.getdoc(getattr(flora_analytics, name))


@pytest.mark.parametrize(
    "module", [name for name in flora_analytics.__all__ if name.islower() and "_" not in name]
)
def test_every_name_of_a_public_module_resolves_and_is_documented(module):
    home = getattr(flora_analytics, module)

    undocumented = [
        name
        for name in home.__all__
        if inspect.isroutine(thing := getattr(home, name)) or inspect.isclass(thing)
        if not inspect.getdoc(thing)
    ]

    assert undocumented == []


def test_public_names_are_sorted_and_listed():
    assert flora_analytics.__all__ == sorted(flora_analytics.__all__)
    assert set(flora_analytics.__all__) <= set(dir(flora_analytics))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'flora_analytics' has no attribute 'fetch_run'"):
        _ = flora_analytics.fetch_run
