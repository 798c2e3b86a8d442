"""What each address takes, as the code itself says: converters, filters of lists, fields of forms, the API's schema."""

import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any

from django import forms
from django.contrib.admin import ModelAdmin
from django.contrib.admin.views.main import ALL_VAR, ERROR_FLAG, ORDER_VAR, PAGE_VAR, SEARCH_VAR
from django.urls import URLPattern
from drf_spectacular.generators import SchemaGenerator
from rest_framework.serializers import Serializer

from accounts.personaldata.stream_format import streams
from tests.permissions.routes import patterns

CODE = ("omegaoffice", "accounts", "rights", "humanaccess", "audit", "allauth", "django", "drf_spectacular")
#: read under a name that is a constant, or by a function of another app
_ELSEWHERE = {"/i18n/setlang/": {"language", "next"}, "/staff/login/": {"next"}}
_CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>")
#: a parameter that a view reads by itself
_READ = re.compile(r"""(?:GET|POST|query_params|data)(?:\.get(?:list)?\(|\[)\s*["']([\w-]+)["']""")


@dataclass
class Parameters:
    """Names, by where they stand."""

    path: list[str] = field(default_factory=list)
    #: of query and form alike: a view that reads one must bear both
    fields: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.path or self.fields)


def _view(callback: Any) -> Any:
    """Return the class, function or bound method behind a pattern's wrappers."""
    return getattr(callback, "view_class", None) or inspect.unwrap(callback, stop=lambda f: hasattr(f, "__self__"))


def _modules(callback: Any) -> set[ModuleType]:
    """Return the modules that a view's code stands in, and those of ours that they name things from."""
    view = _view(callback)
    owners = [view, getattr(view, "__self__", None), getattr(view, "__func__", None)]
    names = {getattr(owner if inspect.isclass(owner) else type(owner), "__module__", "") for owner in owners if owner}
    names |= {getattr(view, "__module__", "") or ""}
    own = {sys.modules[name] for name in names if name.partition(".")[0] in CODE}
    near = {
        sys.modules[value.__module__]
        for module in own
        for value in vars(module).values()
        if inspect.isclass(value) and str(value.__module__).rpartition(".")[0] == module.__name__.rpartition(".")[0]
    }
    return own | near


@cache
def _of_module(module: ModuleType) -> frozenset[str]:
    """Return the fields of the forms that a module names or defines, and what it reads of requests by itself."""
    found = set(_READ.findall(inspect.getsource(module)))
    for value in vars(module).values():
        if inspect.isclass(value) and issubclass(value, forms.BaseForm):
            found |= set(getattr(value, "base_fields", {}))
        elif inspect.isclass(value) and issubclass(value, Serializer):
            found |= set(getattr(value, "_declared_fields", {}))
    return frozenset(found)


def _of_list(admin: Any) -> Iterator[str]:
    """Yield what a list of the staff site takes: its filters, and every lookup of every column."""
    yield from (ALL_VAR, ERROR_FLAG, ORDER_VAR, PAGE_VAR, SEARCH_VAR)
    yield from getattr(admin, "lookups", ())
    for column in admin.model._meta.get_fields():
        yield from (column.name, *(f"{column.name}__{lookup}" for lookup in ("exact", "gte", "in", "regex", "isnull")))


@cache
def _schema() -> dict[str, set[str]]:
    """Return the API's route, in the schema's spelling → names of its parameters and of its bodies' fields."""
    found: dict[str, set[str]] = {}
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    for route, methods in schema["paths"].items():
        names = found.setdefault(route, set())
        for method in methods.values():
            names |= {each["name"] for each in method.get("parameters", []) if each["in"] == "query"}
            for body in method.get("requestBody", {}).get("content", {}).values():
                part = schema["components"]["schemas"].get(body["schema"].get("$ref", "").rpartition("/")[2], {})
                names |= set(part.get("properties", {}))
    return found


def _of(route: str, pattern: URLPattern) -> Parameters:
    found = Parameters([a or b for a, b in _CONVERTER.findall(route)])
    declared = _schema().get(re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route))
    names = set(declared or ())
    if route.startswith("/api/v1/ingest/"):
        names |= {name for stream in streams().values() for name in stream.fields}
    if declared is None:
        view = _view(pattern.callback)
        names |= set(getattr(getattr(view, "form_class", None), "base_fields", ())) | _ELSEWHERE.get(route, set())
        for module in _modules(pattern.callback):
            names |= _of_module(module)
        admin = getattr(view, "__self__", None)
        if isinstance(admin, ModelAdmin) and view.__name__ == "changelist_view":
            names |= set(_of_list(admin))
    found.fields = sorted(names)
    return found


def parameters() -> dict[str, Parameters]:
    """Return route → what it takes."""
    return {route: _of(route, pattern) for route, pattern in patterns().items()}
