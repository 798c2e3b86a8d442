"""What belongs to a rights request belongs to its person, and is decided while it is open: by SQL, as each role."""

from uuid import uuid4

import pytest

from core import db
from rights import services
from rights.models import RightsRequest
from rights.states import Kind, RequestState
from tests.platform_rows import put_row

LOGS = {"categories": ["logs"], "ground": "claims"}
_CORRECTION = (
    "INSERT INTO rights_correction (id, subject, category, record, field, sealed_old, sealed_new, sealed_reason, "
    "decision, ground, decided_by, request_id) VALUES (gen_random_uuid(), %s, 'identity.account', NULL, 'username', "
    "'o', 'n', 'r', %s, '', '', %s)"
)
_EVIDENCE = (
    "INSERT INTO rights_evidence (id, subject, name, media_type, size, sealed_key, received_at, request_id) "
    "VALUES (%s, %s, %s, %s, 1, 'k', now(), %s)"
)
_MARK = (
    "INSERT INTO rights_mark (id, subject, category, kind, since, ended_reason, request_id) "
    "VALUES (gen_random_uuid(), %s, 'usage', 'restricted', now(), '', %s)"
)
_ORDER = (
    "INSERT INTO workloads_platformorder (id, number, subject, kind, apps, case_ref, created_at) "
    "VALUES (gen_random_uuid(), 0, %s, %s, '{}', %s, now())"
)


@pytest.fixture
def theirs(user, make_user, file_request):
    """An open request of somebody else's."""
    return file_request(make_user("omar"))


@pytest.fixture
def own(user, file_request):
    return file_request(user, kind=Kind.RESTRICTION, details=LOGS)


@pytest.mark.parametrize("decision", ["accepted", "refused"])
def test_nobody_files_a_field_that_is_decided(steal, user, own, decision):
    thief = steal("office_self")
    thief.claim(subject=user.reference)
    assert "row-level security" in thief.fails(_CORRECTION, user.reference, decision, own.pk)
    thief.run(_CORRECTION, user.reference, "pending", own.pk)


def test_nobody_files_anything_for_somebody_elses_request(steal, user, own, theirs):
    thief, file = steal("office_self"), uuid4()
    thief.claim(subject=user.reference)
    name = f"rights/evidence/{file}"
    assert "row-level security" in thief.fails(_CORRECTION, user.reference, "pending", theirs.pk)
    assert "row-level security" in thief.fails(_EVIDENCE, file, user.reference, name, "text/plain", theirs.pk)
    assert "row-level security" in thief.fails(_EVIDENCE, file, user.reference, name, "text/html", own.pk)
    assert "row-level security" in thief.fails(_EVIDENCE, file, user.reference, "../../x", "text/plain", own.pk)
    assert "row-level security" in thief.fails(_MARK, user.reference, theirs.pk)
    thief.run(_EVIDENCE, file, user.reference, name, "text/plain", own.pk)
    thief.run(_MARK, user.reference, own.pk)


@pytest.mark.parametrize("role", ["office_self", "office_staff", "office_worker", "office_ingest"])
@pytest.mark.parametrize("kind", ["restrict", "object", "lift", "correct", "drop_cache"])
def test_nobody_orders_what_no_request_of_the_person_is_about(steal, user, own, theirs, role, kind):
    thief = steal(role)
    thief.claim(subject=user.reference)
    for case in ("", theirs.reference, *([own.reference] if kind == "correct" else [])):
        error = thief.fails(_ORDER, user.reference, kind, case)
        assert "row-level security" in error or "permission denied" in error


def test_staff_place_marks_for_a_request_of_their_person_and_end_no_objection(steal, user, theirs, file_request):
    thief = steal("office_staff")
    assert "row-level security" in thief.fails(_MARK, user.reference, theirs.pk)
    file_request(user, kind=Kind.OBJECTION, details={"to": "analytics"})
    ended = "UPDATE rights_mark SET ended_at = now(), ended_reason = 'office' WHERE subject = %s RETURNING id"
    assert thief.run(ended, user.reference) == []


def test_a_field_is_decided_while_its_request_is_taken_and_never_afterwards(steal, user, officer, now):
    with db.use_role("default"):
        wanted = [("identity.account::email", "right@example.org")]
        request = services.file_correction(user, wanted=wanted, reason="It is wrong.", identified=True, now=now)
    decide = "UPDATE rights_correction SET decision = 'accepted', ground = '' WHERE request_id = %s RETURNING id"
    thief = steal("office_staff")
    assert thief.run(decide, request.pk) == []
    with db.use_role("staff"):
        services.take_request(request.reference, actor=officer, now=now)
    assert len(thief.run(decide, request.pk)) == 1
    with db.use_role("staff"):
        RightsRequest.objects.filter(pk=request.pk).update(state=RequestState.FULFILLED, closed_at=now)
    assert thief.run(decide, request.pk) == []


def test_a_receipt_by_hand_is_whole_and_of_its_kind(steal, user, file_request, officer, now):
    put_row("workloads_app", user.reference, now)
    request = file_request(user, kind=Kind.RESTRICTION, details=LOGS)
    with db.use_role("staff"):
        services.take_request(request.reference, actor=officer, now=now)
        services.grant_request(request.reference, actor=officer, now=now)
    thief = steal("office_ingest")
    answer = "UPDATE workloads_platformorder SET answered_at = now(), receipt = %s, outcome = %s"
    assert "what became of each app" in thief.fails(answer, "[]", "")
    assert "what became of each app" in thief.fails(answer, "[]", "corrected")


@pytest.mark.parametrize(("purpose", "seen"), [("monitoring", 0), ("right", 1)])
@pytest.mark.parametrize("named", ["logs", "apps", "nonsense"])
def test_what_is_restricted_is_not_read_by_an_entry_that_names_something_else(
    steal, user, own, officer, now, purpose, seen, named
):
    put_row("workloads_logline", user.reference, now)
    put_row("workloads_command", user.reference, now)
    with db.use_role("staff"):
        services.take_request(own.reference, actor=officer, now=now)
        services.grant_request(own.reference, actor=officer, now=now)
    thief = steal("office_worker")
    payload = {"purpose": purpose, "holding": named}
    entry = thief.forge("rights.step.started", subject=user.reference, actor="machine:thief", payload=payload)
    thief.claim(subject=user.reference, entry=entry)
    assert thief.run("SELECT count(*) FROM workloads_logline") == [(seen,)]
    if named == "apps":
        assert thief.run("SELECT count(*) FROM workloads_command") == [(1,)]
