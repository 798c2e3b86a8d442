"""The public page that describes the API, made from the same description that machines read."""

from collections import defaultdict
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _, override
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

#: part of the API → what it is for, in the order of the page
_PARTS = {
    "me": (_("Your own programs"), _("With an access token of yours.")),
    "staff": (_("Staff"), _("With an access token for a day, of a member of staff with a role and a second factor.")),
    "audit": (_("Auditors"), _("With a reader token, or signed in with a role that reads the log.")),
    "platform": (_("The platform"), _("With a service token.")),
    "ingest": (_("Streams of the platform"), _("With a service token.")),
}
#: what a call sends, where it sends something; the token's beginning by its scheme
_TOKENS = {"userToken": "omega_usr_…", "readerToken": "omega_log_…", "serviceToken": "omega_svc_…"}


@cache
def _description() -> dict[str, Any]:
    """Return the OpenAPI description, whose texts are English for every reader."""
    with override("en"):
        found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return found


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the component that a schema names, or the schema itself."""
    reference = schema.get("$ref") or next((each["$ref"] for each in schema.get("allOf", ()) if "$ref" in each), "")
    components = _description()["components"]["schemas"]
    return {**components[reference.rpartition("/")[2]], **schema} if reference else schema


def _type(schema: dict[str, Any]) -> str:
    found = _resolved(schema)
    if found.get("type") == "array":
        return f"list of {_type(found['items'])}"
    words = found.get("format") or found.get("type", "any")
    return f"{words} or null" if found.get("nullable") else str(words)


def _field(name: str, schema: dict[str, Any], text: str, *, is_required: bool) -> dict[str, Any]:
    """Return a field or a parameter: name, type, whether it is needed, and what it is."""
    enum = [value for value in _resolved(schema).get("enum", ()) if value]
    return {"name": name, "type": _type(schema), "is_required": is_required, "text": text, "enum": enum}


def _fields(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the fields of an object."""
    found = _resolved(schema)
    needed = found.get("required", ())
    return [
        _field(name, each, each.get("description", ""), is_required=name in needed)
        for name, each in found.get("properties", {}).items()
    ]


def _body(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the fields of a request's or an answer's body, as far as it is one object."""
    return next((_fields(media["schema"]) for media in found.get("content", {}).values() if "schema" in media), [])


def _curl(method: str, path: str, operation: dict[str, Any]) -> str:
    """Return an example of a call."""
    token = next((_TOKENS[name] for each in operation.get("security", ()) for name in each if name in _TOKENS), "")
    lines = [f"curl {settings.OFFICE_URL.rstrip('/')}{path}"]
    lines += [f"-X {method.upper()}"] if method != "get" else []
    lines += [f"-H 'Authorization: Bearer {token}'"] if token else []
    parameters = operation.get("parameters", ())
    headers = [each["name"] for each in parameters if each["in"] == "header" and each.get("required")]
    lines += [f"-H '{name}: …'" for name in headers]
    media = next(iter(operation.get("requestBody", {}).get("content", {})), "")
    if media == "application/json":
        lines += [f"-H 'Content-Type: {media}'", "-d '{…}'"]
    elif media:
        lines += [f"-H 'Content-Type: {media}'", "--data-binary @FILE"]
    return " \\\n  ".join(lines)


@cache
def _parts() -> list[dict[str, Any]]:
    """Return the parts of the page with their operations."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for path, methods in _description()["paths"].items():
        for method, operation in methods.items():
            answers = operation["responses"]
            done: dict[str, Any] = next((answer for status, answer in answers.items() if status.startswith("2")), {})
            found[operation["tags"][0]].append(
                {
                    "id": operation["operationId"],
                    "method": method.upper(),
                    "path": path,
                    "summary": operation["summary"],
                    "text": operation.get("description", ""),
                    "scope": operation.get("x-scope", ""),
                    "parameters": [
                        _field(
                            each["name"],
                            each["schema"],
                            each.get("description", ""),
                            is_required=each.get("required", False),
                        )
                        for each in operation.get("parameters", ())
                    ],
                    "body": _body(operation.get("requestBody", {})),
                    "returned": _body(done),
                    "answers": [(status, answer["description"]) for status, answer in answers.items()],
                    "curl": _curl(method, path, operation),
                }
            )
    return [
        {"name": name, "title": title, "text": text, "operations": found[name]}
        for name, (title, text) in _PARTS.items()
        if found[name]
    ]


@require_safe
def api_page(request: HttpRequest) -> HttpResponse:
    """Show what the API answers, to everybody."""
    return render(request, "api.html", {"parts": _parts()})
