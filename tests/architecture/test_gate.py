"""Restricted data is read by `read_item`, by a data category under a machine's entry, or on the owner's own page alone.

Checked are the code, what the staff site and the API register, and every address, requested by a superuser with every
role. A new name in one of these tables is a decision, not a formality.
"""

import ast
from collections import defaultdict
from datetime import timedelta
from functools import cache

import pytest
from django.apps import apps
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from accounts.identity.roles import Role
from accounts.personaldata.item_providers import item_providers
from humanaccess.access_gate_sql import RESTRICTED_TABLES
from tests.architecture.test_rules import ROOT, tracked, trees
from tests.permissions.routes import routes
from tests.platform_rows import SHAPES, put_row
from tests.signin import sign_in

#: the only modules that decrypt what is encrypted under a subject's key
DECRYPTORS = {
    "accounts/connections/services/show_automations.py",  # a user's automations, on their own page
    "accounts/connections/services/check_grant.py",  # the token of a grant, to ask Google whether it stands
    "accounts/connections/services/lend_token.py",  # the token of a grant, to have one made for an automation
    "accounts/connections/services/revoke.py",  # the token of a grant, to have it ended at its provider
    "accounts/personaldata/restricted_records.py",  # a machine exports one data category, under its step's entry
    "accounts/inbox/data_categories.py",  # letters, for the package
    "accounts/inbox/services.py",  # a letter, by its reader or to be mailed
    "requests/audit/exports/disclosures.py",  # an auditor's export, under an entry for each person
    "requests/audit/log/read_disclosure.py",  # one entry's encrypted part, by an auditor, under an entry of its own
    "requests/humanaccess/data_categories.py",  # approval requests and decisions, for the package
    "requests/humanaccess/legal/data_categories.py",  # legal processes and what was written about them, for the package
    "requests/humanaccess/legal/documents.py",  # the document that was served, for who works on the process
    "requests/humanaccess/legal/services/show.py",  # texts of a legal process, for those, and for its person once told
    "requests/humanaccess/services/read_item.py",  # the gate
    "requests/humanaccess/services/show.py",  # an approval request's reason; the items to their owner
    "requests/cases/notes.py",  # officers' notes on a request
    "requests/rights/services/legal_holds.py",  # authority and reason, for counsel and privacy officers
    "requests/rights/services/attest_step.py",  # evidence of what was erased outside, for officers
    "requests/rights/services/decide_correction.py",  # what is to be corrected, for its person and officers; evidence
    "requests/rights/fulfilment/correct_category.py",  # the same, to put it in place, and for the platform to do so
    "requests/cases/questions.py",  # their questions to the person, and the answers
    "requests/rights/data_categories.py",  # requests and log entries, for the package
    "requests/rights/package_views.py",  # the package's key, by its owner
    "requests/rights/fulfilment/assemble_package.py",  # the parts of a package
}
#: method of an item provider → its only callers: the gate, and the page that shows the owner what they are asked
#: about; in item_providers.py one item is fetched by way of all
FETCHERS = {
    "fetch": {"requests/humanaccess/services/read_item.py"},
    "fetch_all": {"accounts/personaldata/item_providers.py", "requests/humanaccess/services/show.py"},
}
#: the base of the item providers: what decrypts some records is called for all of them there
PROVIDER_BASE = "accounts/personaldata/item_providers.py"
#: the only modules that import a restricted model
IMPORTERS = {
    "accounts/workloads/item_providers.py",
    "accounts/connections/item_providers.py",
    "accounts/connections/services/show_automations.py",
    "accounts/connections/selectors.py",  # which scopes a user's automations need, for their own page
}
#: the only files that name a restricted table in SQL or in a setting
NAMERS = {
    "accounts/workloads/schema_sql.py",
    "accounts/workloads/streams.py",  # ingest adds rows and may read none: its role has no SELECT on them
    "accounts/connections/schema_sql.py",
    "accounts/connections/streams.py",
    "requests/humanaccess/access_gate_sql.py",
    "requests/humanaccess/aggregates.py",  # for how many days their sums are complete
    "omegaoffice/db/roles.py",
    # what staff may list, as bodies of functions
    "accounts/workloads/sql/workloads_end_app.sql",  # only an app that is there, and this person's, has ended
    "accounts/workloads/sql/workloads_keep_order.sql",  # an order has the ids of a person's apps
    "accounts/workloads/sql/workloads_outline_apps.sql",
    "accounts/connections/sql/connections_outline_automations.sql",
    "accounts/connections/sql/connections_name_runs.sql",
    "accounts/connections/sql/connections_name_transfers.sql",
    "accounts/connections/sql/connections_transfer_faults.sql",  # numbers of records alone, for a promise
    "accounts/connections/sql/connections_find_run.sql",
    "accounts/connections/sql/connections_lendable.sql",  # the scopes of one, for the token that it gets
    "accounts/connections/sql/connections_unneeded.sql",  # the scopes that none needs
    "accounts/connections/sql/connections_oversize.sql",  # a number of records, for a promise
    "accounts/connections/sql/connections_erase_automation.sql",
    "accounts/terms/sql/terms_letter_states.sql",  # how many letters of an announcement are mailed and opened
    "accounts/terms/sql/terms_letters.sql",  # to whom one went: no text
    "accounts/terms/sql/terms_people_of_apps.sql",  # whose apps some numbers are, for an announcement to them
    "accounts/terms/sql/terms_untold.sql",  # a number of people, for a promise
    "accounts/inbox/sql/inbox_name_letters.sql",
    "accounts/inbox/sql/inbox_letters_of_case.sql",  # subject lines on the page of a case
    "accounts/identity/sql/identity_name_sessions.sql",
    "accounts/identity/sql/identity_sessions_by_day.sql",
    "accounts/identity/sql/identity_end_sessions.sql",
    "accounts/identity/schema_sql.py",
    "accounts/inbox/schema_sql.py",
    "accounts/inbox/data_categories.py",
}


def restricted_models():
    return {model for model in apps.get_models() if model._meta.db_table in RESTRICTED_TABLES.values()}


@cache
def callers():
    """Return {name of a function or method: modules that call one of this name}."""
    found = defaultdict(set)
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                found[called].add(path)
    return found


def calls(name):
    return callers().get(name, set())


def test_only_these_modules_decrypt_values():
    assert calls("decryptor") == DECRYPTORS
    assert calls("Decryptor") == {"requests/vault/services/encryption.py"}


def test_only_the_gate_and_the_owners_page_fetch_an_item():
    assert {name: calls(name) for name in FETCHERS} == FETCHERS
    assert calls("rows_of") == {PROVIDER_BASE}
    # Called as `rows_of` there; by what the platform holds for the app that an item is of, to its owner.
    assert calls("get_decrypted") == {"accounts/workloads/item_providers.py"}


def test_only_item_providers_import_a_restricted_model():
    names = {model.__name__: model for model in restricted_models()}
    found = set()
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("models"):
                package = (node.module or "").removesuffix("models").strip(".") or path.rsplit("/", 1)[0]
                home = {"workloads", "connections"} & set(package.replace("/", ".").split("."))
                if home and {alias.name for alias in node.names} & set(names):
                    found.add(path)
    assert found == IMPORTERS
    assert calls("get_model") == set(), "a model by its name would escape this test"


def test_only_these_files_name_a_restricted_table():
    texts = [
        (path, node.value)
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    texts += [(str(path.relative_to(ROOT)), path.read_text()) for path in tracked("*.sql")]
    tables = set(RESTRICTED_TABLES.values())
    found = {path for path, text in texts if tables & set(text.replace(".", " ").replace("(", " ").split())}
    assert found == NAMERS


def test_no_admin_page_or_serializer_is_made_of_a_restricted_model():
    from rest_framework.serializers import ModelSerializer

    from omegaoffice.admin import staff_site

    restricted = restricted_models()
    assert len(restricted) == len(RESTRICTED_TABLES) == 11
    assert restricted & set(staff_site._registry) == set()
    for admin in staff_site._registry.values():
        assert not {inline.model for inline in admin.inlines} & restricted
        assert not admin.search_fields, f"{admin} searches by SQL of its own"
    serializers = list(ModelSerializer.__subclasses__())
    for serializer in serializers:
        serializers += serializer.__subclasses__()
        assert getattr(getattr(serializer, "Meta", None), "model", None) not in restricted


def views(patterns):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from views(pattern.url_patterns)
        else:
            yield pattern.callback


def test_no_view_of_the_resolver_lists_a_restricted_model():
    restricted = restricted_models()
    for view in views(get_resolver().url_patterns):
        made = getattr(view, "view_class", None) or getattr(view, "cls", None)
        assert getattr(made, "model", None) not in restricted
        queryset = getattr(made, "queryset", None)
        assert getattr(queryset, "model", None) not in restricted


def test_no_foreign_key_leads_to_a_restricted_row():
    """A foreign key would let a join or a deletion form reach it."""
    restricted = restricted_models()
    for model in apps.get_models():
        assert not any(field.related_model in restricted for field in model._meta.concrete_fields if field.is_relation)


def test_every_restricted_table_has_one_item_provider():
    tables = {each.kind: each.model._meta.db_table for each in item_providers() if not each.is_redeemed}
    assert tables == RESTRICTED_TABLES, "a restricted table whose rows nobody could ever be allowed to read"


@pytest.fixture
def canary(user):
    """One row of each restricted table, with content that is found nowhere else."""
    for table, (_clear, content) in SHAPES.items():
        sealed = {name: "CANARY" for name in content if isinstance(content[name], str)} if content else None
        put_row(table, user.reference, timezone.now() - timedelta(hours=1), sealed=sealed)


def test_no_address_shows_a_restricted_value_to_a_superuser_with_every_role(canary, make_staff):
    root = make_staff("root", *Role, is_superuser=True)
    client = sign_in(Client(raise_request_exception=False), root, mfa=True, fresh=True)
    plain = [route for route in routes() if "<" not in route and "(" not in route and "logout" not in route]
    assert len(plain) > 20
    for route in plain:
        response = client.get(route.replace("$", ""))
        body = b"".join(response.streaming_content) if response.streaming else response.content
        assert b"CANARY" not in body, route
