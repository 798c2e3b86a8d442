"""The project's own system checks."""

import importlib.machinery
import importlib.util

import pytest

from omegaoffice import checks


def test_http_library_is_found():
    assert checks.http_library_is_found() == []


@pytest.mark.parametrize("origin", [None, str(checks._ROOT / "requests" / "__init__.py")])
def test_our_own_folder_in_its_place_is_an_error(monkeypatch, origin):
    shadow = importlib.machinery.ModuleSpec("requests", None, origin=origin)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: shadow)
    [error] = checks.http_library_is_found()
    assert error.id == "omegaoffice.E001"
