"""After a correction the old value is nowhere in clear; a killed worker changes nothing; all goes with the person."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connections

from accounts.identity.models import User
from core import db
from rights import services
from rights.fulfilment import correct_category as work_of
from rights.fulfilment.steps import take_step
from rights.models import Correction, Evidence, Step
from rights.states import StepStatus, Verb
from tests.rights.correction.conftest import EMAIL, PAPER, RIGHT, WHY, WRONG
from tests.rights.test_erase_person import dump, holding

OLD = "canary-old@example.org"


@pytest.fixture
def user(make_user):
    return make_user("layla", email=OLD)


def test_the_old_value_is_nowhere_but_encrypted(begun, work, answer, send, inform, officer, now):
    assert holding(dump("owner"), OLD) == ["identity_user"]
    work(begun)
    answer(begun)
    send()
    work(begun)
    inform(begun)
    with db.use_role("staff"):
        services.close_correction(begun.reference, actor=officer, now=now)
    left = dump("owner")
    assert holding(left, OLD, WRONG, RIGHT, WHY, PAPER.decode()) == []
    assert holding(left, "right@example.org") == ["identity_user"]


def step_of(request):
    with db.use_role("worker"):
        return Step.objects.get(request=request, verb=Verb.CORRECT, holding="identity.account")


def test_a_worker_killed_after_it_applied_a_field_leaves_it_to_the_next_which_applies_nothing_twice(
    begun, work, now, logged, settings
):
    with db.use_role("worker"):
        attempt = take_step(step_of(begun).pk, clock=lambda: now)
        work_of.correct_category(attempt)
    assert step_of(begun).status == StepStatus.RUNNING
    later = now + timedelta(seconds=settings.RIGHTS_STEP_LEASE + 1)
    with db.use_role("worker"):
        assert services.sweep_steps(now=later) >= 1
    work(begun, at=later)
    assert step_of(begun).status == StepStatus.DONE
    assert logged(begun.reference).count("rights.correction.applied") == 1
    assert step_of(begun).receipt["count"] == 1


def test_a_worker_killed_before_its_commit_leaves_the_old_value(begun, work, now, monkeypatch, user):
    def die(*_facts, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr(work_of, "_settle", die)
    with pytest.raises(KeyboardInterrupt):
        work(begun)
    with db.use_role("staff"):
        assert User.objects.get(pk=user.pk).email == OLD
        assert not Correction.objects.exclude(applied_at=None).exists()


def test_both_go_with_the_person_with_their_file(filed, user, files, settings, tmp_path):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    assert [each for each in files.rglob("*") if each.is_file()]
    with db.use_role("default"):
        User.objects.filter(pk=user.pk).update(is_active=False)
    call_command("audit_shred", user.reference)
    with connections["owner"].cursor() as cursor:
        for model in (Correction, Evidence):
            cursor.execute(f"SELECT count(*) FROM {model._meta.db_table}")
            assert cursor.fetchone() == (0,)
    assert not [each for each in files.rglob("*") if each.is_file()]


def test_they_are_in_the_package(filed, user, now):
    from accounts.personaldata.categories import category_named
    from tests.authorisations import step_entry

    with db.use_role("worker"):
        (found,) = category_named("rights.requests").export(user.reference, step_entry(user.reference, now))
    by_field = {each["field"]: each for each in found["corrections"]}
    assert (by_field["name"]["old"], by_field["name"]["new"]) == (WRONG, RIGHT)
    assert by_field["email"]["reason"] == WHY
    assert found["evidence"] == {"media_type": "application/pdf", "bytes": len(PAPER)}
    assert EMAIL.endswith("email")
