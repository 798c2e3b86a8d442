"""Pseudonyms for analytics: random, one for each person and provider, handed to the platform, gone with the person."""

import re
from functools import partial
from hashlib import sha256

import pytest
from django.db import DatabaseError, connections
from django.utils import timezone

from accounts.personaldata.disclosures import DisclosureKind, disclosures
from accounts.workloads import promises
from accounts.workloads.data_categories import PSEUDONYMS
from accounts.workloads.models import Pseudonym
from accounts.workloads.promises import _pseudonyms_are_random_and_go as measure, _web_log_stays_here
from accounts.workloads.services import make_token
from audit.erasure.crypto_shred import crypto_shred_subject
from audit.log.actors import machine
from audit.log.labels import ErasureGround
from audit.log.models import Entry
from core import db
from core.promises import PromiseState
from tests.authorisations import step_entry
from tests.platform_rows import put_row
from tests.stolen.thief import Thief

ACTOR = machine("console")
URL = "/api/v1/platform/pseudonyms"


@pytest.fixture
def now(office):
    return timezone.now()


@pytest.fixture
def fetch(client, now):
    """Fetch as the platform: `fetch(person)`."""
    with db.use_role("staff"):
        text = make_token("platform", scopes=["pseudonyms"], actor=ACTOR, now=now)[1]

    def do(person, query="?provider=mixpanel", text=text):
        reference = getattr(person, "reference", person)
        return client.get(f"{URL}/{reference}{query}", headers={"Authorization": f"Bearer {text}"})

    return do


def owned(statement, *values):
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement, values)


def test_it_is_made_at_the_first_request_and_is_the_same_ever_after(fetch, user, make_user):
    answer = fetch(user)
    assert answer.status_code == 200, answer.content
    assert "no-store" in answer["Cache-Control"]
    found = answer.json()
    assert (found["subject"], found["provider"]) == (user.reference, "mixpanel")
    assert re.fullmatch("[0-9a-f]{32}", found["pseudonym"])
    assert fetch(user).json() == found
    assert fetch(make_user("tariq")).json()["pseudonym"] != found["pseudonym"]
    with db.use_role("auditor"):
        entries = Entry.objects.filter(event="workloads.pseudonym.made", subject=user.reference)
        assert found["pseudonym"] not in bytes(entries.get().leaf).decode()


def test_it_is_refused_for_nobody_for_another_provider_and_without_the_scope(fetch, user, now):
    assert fetch("f" * 32).status_code == 404
    for query in ("", "?provider=facebook", "?provider=mixpanel&more=1"):
        answer = fetch(user, query)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] in {"provider", "more"}
    with db.use_role("staff"):
        orders = make_token("orders", scopes=["orders"], actor=ACTOR, now=now)[1]
    answer = fetch(user, text=orders)
    assert answer.status_code == 403
    assert "scope pseudonyms" in answer.json()["detail"]


def test_it_is_exported_under_an_entry_and_goes_with_the_person(fetch, user, now, settings, tmp_path):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    value = fetch(user).json()["pseudonym"]
    with db.use_role("worker"):
        assert not Pseudonym.objects.exists()
        [row] = PSEUDONYMS.export(user.reference, step_entry(user.reference, now))
        assert (row["provider"], row["value"]) == ("mixpanel", value)
        assert PSEUDONYMS.recheck(user.reference) == 1
        crypto_shred_subject(user.reference, actor=machine("worker"), ground=ErasureGround.DELETION, now=now)
        assert PSEUDONYMS.recheck(user.reference) == 0
    assert fetch(user).status_code == 404


def test_staff_see_no_pseudonym(fetch, user):
    fetch(user)
    with db.use_role("staff"), pytest.raises(DatabaseError, match="permission denied"):
        list(Pseudonym.objects.all())


def test_the_promise_is_kept_by_what_the_office_makes(fetch, user):
    fetch(user)
    found = measure(timezone.now())
    assert found.state == PromiseState.KEPT
    assert found.figures == {"pseudonyms": 1, "compared": 1, "of_erased": 0, "derived": 0}


@pytest.fixture
def forge(user):
    """Insert an entry about the user by the worker's SQL: `forge(event, payload)`."""
    thief = Thief("office_worker")
    yield partial(thief.forge, subject=user.reference, actor="machine:worker")
    thief.connection.close()


_READ, _MADE = "rights.step.started", "workloads.pseudonym.made"


def test_the_web_log_stays_here_by_what_the_office_does(fetch, forge, user, now):
    put_row("workloads_webvisit", user.reference, now)
    fetch(user)
    for purpose in promises.WEBLOG_PURPOSES:
        forge(_READ, payload={"holding": "weblog", "purpose": purpose.value})
    forge(_READ, payload={"holding": "usage", "purpose": "billing"})
    found = _web_log_stays_here(timezone.now())
    assert (found.state, found.note) == (PromiseState.KEPT, "")
    counted = {"visits": 1, "reads": len(promises.WEBLOG_PURPOSES), "disclosed": 1}
    assert {name: count for name, count in found.figures.items() if count} == counted


@pytest.mark.parametrize("purpose", ["analytics", "billing", "support", None, ["right"]])
def test_a_read_of_the_web_log_for_another_purpose_breaks_the_promise(forge, now, purpose):
    forge(_READ, payload={"holding": "weblog", "purpose": purpose})
    found = _web_log_stays_here(timezone.now())
    assert (found.state, found.figures["misread"]) == (PromiseState.BROKEN, 1)


def test_a_visit_in_clear_breaks_the_promise(user, now):
    put_row("workloads_webvisit", user.reference, now)
    owned("UPDATE workloads_webvisit SET sealed = %s", b'{"address": "203.0.113.7", "browser": "", "path": "/apps"}')
    found = _web_log_stays_here(timezone.now())
    assert (found.state, found.figures["unencrypted"]) == (PromiseState.BROKEN, 1)


def test_a_column_of_the_web_log_in_clear_breaks_the_promise(office):
    owned("ALTER TABLE workloads_webvisit ADD COLUMN address inet")
    try:
        found = _web_log_stays_here(timezone.now())
    finally:
        owned("ALTER TABLE workloads_webvisit DROP COLUMN address")
    assert (found.state, found.figures["columns_in_clear"]) == (PromiseState.BROKEN, 1)
    assert _web_log_stays_here(timezone.now()).state == PromiseState.KEPT


@pytest.mark.parametrize(
    ("event", "payload", "sd"),
    [
        (_MADE, {"provider": "mixpanel", "address": "203.0.113.7"}, []),
        (_MADE, {"provider": "mixpanel"}, ["0" * 43]),
        ("workloads.visit.sent", {"path": "/apps"}, []),
    ],
)
def test_more_than_a_pseudonym_to_a_provider_of_analytics_breaks_the_promise(forge, monkeypatch, event, payload, sd):
    known = [*disclosures(), DisclosureKind("workloads.visit.sent", "a visit", to="mixpanel")]
    monkeypatch.setattr(promises, "disclosures", lambda: known)
    forge(event, payload=payload, in_leaf={"sd": sd})
    found = _web_log_stays_here(timezone.now())
    assert (found.state, found.figures["more_than_pseudonyms"]) == (PromiseState.BROKEN, 1)


@pytest.mark.parametrize("derive", ["reference", "id", "digest of the id", "digest of the address"])
def test_a_pseudonym_that_can_be_worked_out_breaks_the_promise(fetch, user, derive):
    value = {
        "reference": user.reference,
        "id": user.pk.hex,
        "digest of the id": sha256(str(user.pk).encode()).hexdigest()[:32],
        "digest of the address": sha256(user.email.encode()).hexdigest()[:32],
    }[derive]
    fetch(user)
    owned("UPDATE workloads_pseudonym SET value = %s", value)
    found = measure(timezone.now())
    assert (found.state, found.figures["derived"]) == (PromiseState.BROKEN, 1)


def test_a_pseudonym_that_outlives_its_person_breaks_the_promise(fetch, user, now, settings, tmp_path):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    with db.use_role("worker"):
        crypto_shred_subject(user.reference, actor=machine("worker"), ground=ErasureGround.DELETION, now=now)
    owned(
        "INSERT INTO workloads_pseudonym (id, subject, provider, value, made_at) "
        "VALUES (gen_random_uuid(), %s, 'mixpanel', repeat('d', 32), now())",
        user.reference,
    )
    found = measure(timezone.now())
    assert (found.state, found.figures["of_erased"]) == (PromiseState.BROKEN, 1)


def test_the_database_takes_nothing_but_32_hex_digits(fetch, user):
    fetch(user)
    with pytest.raises(DatabaseError, match="workloads_pseudonym_random"):
        owned("UPDATE workloads_pseudonym SET value = 'layla@example.org'")


def test_nothing_is_handed_out_of_who_objected_until_they_take_it_back(fetch, user, now):
    from rights import services
    from rights.models import ProcessingMark
    from rights.states import Kind

    before = fetch(user).json()
    with db.use_role("default"):
        services.receive_request(user, kind=Kind.OBJECTION, identified=True, now=now, details={"to": "analytics"})
    answer = fetch(user)
    assert (answer.status_code, "objected to analytics" in answer.json()["detail"]) == (409, True)
    with db.use_role("staff"):
        mark = ProcessingMark.objects.get()
    services.lift_mark(user, mark.pk, now=now)
    assert fetch(user).json() == before
