"""Nobody reaches gated data but by `read_item`, by a machine's holdings, or on the owner's own page.

Three walks: over the code, over what the staff site and the API register, and over the addresses, asked by somebody
who holds every role and is superuser besides. A new name in one of these tables is a decision, not a formality.
"""

import ast
from datetime import timedelta
from functools import cache

import pytest
from django.apps import apps
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from accounts.identity.ports import sources as gated_sources
from accounts.identity.roles import Role
from humanaccess.gate_sql import GATED_TABLES
from tests.house.test_house_rules import ROOT, sources
from tests.permissions.routes import routes
from tests.platform_rows import SHAPES, put_row
from tests.signin import sign_in

#: the only places that open what is sealed under a subject's key
UNSEALERS = {
    "accounts/connections/services/show_automations.py",  # a user's automations, on their own page
    "accounts/identity/gated.py",  # a machine's stream of one holding, under its step's entry
    "accounts/inbox/holdings.py",  # letters, for the package
    "accounts/inbox/services/open_letter.py",  # a letter, by its reader
    "accounts/inbox/services/post_letter.py",  # a letter, to be mailed
    "requests/audit/services/export_disclosures.py",  # an auditor's export, under a line for each person
    "requests/audit/services/read_disclosure.py",  # one entry's sealed part, by an auditor, under a line of its own
    "requests/humanaccess/holdings.py",  # asks and decisions, for the package
    "requests/humanaccess/services/read.py",  # the gate
    "requests/humanaccess/services/show.py",  # an ask's reason; the items to their owner
    "requests/rights/admin.py",  # officers' notes on a request
    "requests/rights/holdings.py",  # requests and log entries, for the package
    "requests/rights/package_views.py",  # the package's key, by its owner
    "requests/rights/services/assemble_package.py",  # the parts of a package
}
#: what fetches items of a source → its only callers: the gate, and the page that shows the owner what they are asked
#: about; in ports.py one item is fetched by way of all
FETCHERS = {
    "fetch": {"requests/humanaccess/services/read.py"},
    "fetch_all": {"accounts/identity/ports.py", "requests/humanaccess/services/show.py"},
}
#: the only files that import a model of gated data
IMPORTERS = {
    "accounts/workloads/sources.py",
    "accounts/connections/sources.py",
    "accounts/connections/selectors.py",
    "accounts/connections/services/show_automations.py",
}
#: the only files that name a gated table in SQL or in a setting
NAMERS = {
    "accounts/workloads/schema.py",
    "accounts/workloads/holdings.py",
    "accounts/workloads/lines.py",  # ingest adds rows and may read none: its role has no SELECT on them
    "accounts/connections/schema.py",
    "accounts/connections/holdings.py",
    "accounts/connections/lines.py",
    "requests/humanaccess/gate_sql.py",
    "omegaoffice/roles.py",
}


def gated_models():
    return {model for model in apps.get_models() if model._meta.db_table in GATED_TABLES.values()}


@cache
def trees():
    return {str(p.relative_to(ROOT)): ast.parse(p.read_text()) for p in sources() if "migrations" not in p.parts}


def calls(name):
    """Return the files that call something of this name."""
    found = set()
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called == name:
                    found.add(path)
    return found


def test_only_these_places_open_sealed_values():
    assert calls("unsealer") == UNSEALERS
    assert calls("Unsealer") == {"requests/vault/services/seal.py"}


def test_only_the_gate_and_the_owners_page_fetch_an_item():
    assert {name: calls(name) for name in FETCHERS} == FETCHERS
    assert calls("get_opened") <= IMPORTERS


def test_only_sources_import_a_model_of_gated_data():
    names = {model.__name__: model for model in gated_models()}
    found = set()
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("models"):
                package = (node.module or "").removesuffix("models").strip(".") or path.rsplit("/", 1)[0]
                home = {"workloads", "connections"} & set(package.replace("/", ".").split("."))
                if home and {alias.name for alias in node.names} & set(names):
                    found.add(path)
    assert found == IMPORTERS
    assert calls("get_model") == set(), "a model by its name would walk past this test"


def test_only_these_files_name_a_gated_table():
    tables = tuple(GATED_TABLES.values())
    found = set()
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words = set(node.value.replace(".", " ").replace("(", " ").split())
                if words & set(tables):
                    found.add(path)
    assert found == NAMERS


def test_no_admin_page_or_serializer_is_made_of_a_gated_model():
    from rest_framework.serializers import ModelSerializer

    from omegaoffice.staff_site import staff_site

    gated = gated_models()
    assert len(gated) == len(GATED_TABLES) == 7
    assert gated & set(staff_site._registry) == set()
    for admin in staff_site._registry.values():
        assert not {inline.model for inline in admin.inlines} & gated
        assert not admin.search_fields, f"{admin} searches by SQL of its own"
    serializers = list(ModelSerializer.__subclasses__())
    for serializer in serializers:
        serializers += serializer.__subclasses__()
        assert getattr(getattr(serializer, "Meta", None), "model", None) not in gated


def views(patterns):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from views(pattern.url_patterns)
        else:
            yield pattern.callback


def test_no_view_of_the_resolver_lists_a_gated_model():
    gated = gated_models()
    for view in views(get_resolver().url_patterns):
        made = getattr(view, "view_class", None) or getattr(view, "cls", None)
        assert getattr(made, "model", None) not in gated
        queryset = getattr(made, "queryset", None)
        assert getattr(queryset, "model", None) not in gated


def test_nothing_points_at_a_gated_row():
    """A foreign key would let a join or a deletion form walk to it."""
    gated = gated_models()
    for model in apps.get_models():
        assert not any(field.related_model in gated for field in model._meta.get_fields() if field.is_relation)


def test_every_source_is_of_a_gated_table():
    assert {source.kind for source in gated_sources()} <= set(GATED_TABLES)
    for source in gated_sources():
        assert apps.get_model(source.model)._meta.db_table == GATED_TABLES[source.kind]


@pytest.fixture
def canary(user):
    """One row of each gated table, whose content is told apart from everything else."""
    for table, (_clear, content) in SHAPES.items():
        sealed = {name: "CANARY" for name in content if isinstance(content[name], str)} if content else None
        put_row(table, user.reference, timezone.now() - timedelta(hours=1), sealed=sealed)


def test_no_address_shows_a_gated_value_to_a_superuser_with_every_role(canary, make_staff):
    root = make_staff("root", *Role, is_superuser=True)
    client = sign_in(Client(raise_request_exception=False), root, mfa=True, fresh=True)
    plain = [route for route in routes() if "<" not in route and "(" not in route and "logout" not in route]
    assert len(plain) > 20
    for route in plain:
        response = client.get(route.replace("$", ""))
        body = b"".join(response.streaming_content) if response.streaming else response.content
        assert b"CANARY" not in body, route
