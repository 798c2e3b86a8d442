"""Each process gets the credentials of its own database roles, and none that it inherits by accident."""

import pytest
from django.core.management import CommandError, call_command

from omegaoffice.dev import processes
from omegaoffice.web import middleware


def held(child):
    return {name for name, value in child.env.items() if value and name.endswith(("_URL", "_KEY"))}


@pytest.fixture
def _everything_is_given(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://office_owner:of-the-owner@/office?host=/tmp")
    monkeypatch.setenv("VAULT_OWNER_URL", "postgres://office_owner:of-the-owner@/vault?host=/tmp")
    monkeypatch.setenv("DATABASE_AUDITOR_URL", "postgres://office_auditor:given@/office?host=/tmp")
    monkeypatch.setenv("OFFICE_LOG_KEY", "7" * 64)


@pytest.mark.usefixtures("_everything_is_given")
def test_no_process_has_the_owners_urls_or_another_roles():
    web = processes.web("127.0.0.1", 8000, practice_url="http://127.0.0.1:8001")
    worker, beat, practice = processes.worker(), processes.beat(), processes.practice(8001)
    for child in (web, worker, beat, practice):
        # Set to nothing, not left out: what is left out would be inherited.
        assert {"DATABASE_URL", "VAULT_OWNER_URL", "DATABASE_AUDITOR_URL", "OFFICE_LOG_KEY"} <= child.env.keys()
        assert "of-the-owner" not in str(dict(child.env))
    roles = {"DATABASE_SELF_URL", "DATABASE_STAFF_URL", "DATABASE_INGEST_URL", "DATABASE_AUDITOR_URL"}
    assert held(web) == {*roles, "VAULT_DATABASE_URL", "PRACTICE_PROVIDER_URL"}
    assert held(beat) == held(practice) == set()


def test_the_web_has_every_role_that_a_path_selects():
    assert {role for _, role in middleware._ROLES} <= set(processes.WEB_ROLES)


@pytest.mark.usefixtures("_everything_is_given")
def test_the_logs_key_goes_with_the_sequencer_alone():
    worker = {"DATABASE_WORKER_URL", "DATABASE_SEQUENCER_URL", "VAULT_DATABASE_URL", "OFFICE_LOG_KEY"}
    assert held(processes.worker()) == worker
    assert held(processes.sequencer()) == {"DATABASE_SEQUENCER_URL", "OFFICE_LOG_KEY"}


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", ""])
def test_a_port_that_is_none_is_a_sentence(port, monkeypatch):
    monkeypatch.setenv("PORT", port)
    with pytest.raises(CommandError, match=f"PORT is '{port}'; it must be a number from 1 to 65535"):
        call_command("up")


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_of_nothing_is_refused_and_not_taken_for_the_usual_one(port):
    with pytest.raises(CommandError, match=f"--port is {port}; it must be a number"):
        call_command("up", port=port)
