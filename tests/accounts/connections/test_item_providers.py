"""Automations and runs: outlines for staff, opened for the gate; the scope catalogue."""

from datetime import timedelta

import pytest

from accounts.connections.scopes import CATALOGUE, PREFIX, ScopeClass, scope_named
from accounts.personaldata.item_providers import provider_of
from core import db
from tests.authorisations import listing, step_entry
from tests.platform_rows import put_row
from vault.services import decryptor


def test_staff_name_automations_by_state_and_scopes(user, now):
    item = put_row("connections_automation", user.reference, now)
    with listing(user.reference, "connections.automation"):
        (named,) = provider_of("connections.automation").name_items(user.reference)
    assert named.id == item
    assert named.label == f"Automation {str(item)[:8]}, on, scopes: gmail.readonly, spreadsheets"


def test_an_automation_opens_with_its_settings(user, now):
    item = put_row("connections_automation", user.reference, now)
    entry = step_entry(user.reference, now)
    with db.use_role("worker"), db.authorised_by(user.reference, entry):
        found = provider_of("connections.automation").fetch(item, decryptor(user.reference, entry))
    assert found["Name"] == "Invoices to sheet"
    assert found["Actions"] == "read the mail\nappend a row"
    assert found["Scopes needed"] == "gmail.readonly, spreadsheets"


def test_runs_are_named_and_opened(user, now):
    item = put_row("connections_run", user.reference, now)
    entry = step_entry(user.reference, now)
    source = provider_of("connections.run")
    with listing(user.reference, "connections.run"):
        (named,) = source.name_items(user.reference, start=now, end=now + timedelta(seconds=1))
        with pytest.raises(ValueError, match="Say from when"):
            source.name_items(user.reference)
    assert named.id == item
    assert "succeeded" in named.label
    with db.use_role("worker"), db.authorised_by(user.reference, entry):
        found = source.fetch(item, decryptor(user.reference, entry))
    assert found["Details"] == "3 mails read, 3 rows written"


def test_the_catalogue_sorts_scopes_as_google_does():
    kinds = {name: scope.kind for name, scope in CATALOGUE.items()}
    assert len(kinds) == 11
    assert {name for name, kind in kinds.items() if kind is ScopeClass.RESTRICTED} == {
        "gmail.readonly",
        "gmail.modify",
        "drive",
        "drive.readonly",
    }
    assert {name for name, kind in kinds.items() if kind is ScopeClass.PLAIN} == {"gmail.labels", "drive.file"}


def test_a_scope_is_known_by_name_and_by_url():
    assert scope_named("drive.file") is scope_named(PREFIX + "drive.file")
    assert scope_named("https://www.googleapis.com/auth/gmail") is None
    assert scope_named("drive.file").url == "https://www.googleapis.com/auth/drive.file"
