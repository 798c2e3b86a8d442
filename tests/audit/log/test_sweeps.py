"""Sweeps: one item that raises delays no other, is counted and needs attention; the time is read for each."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail

from accounts.identity.roles import Role
from accounts.inbox.models import Letter, MailState
from accounts.inbox.services import sweep_letters, write_letter
from accounts.inbox.tasks import sweep_letters as sweep_letters_task
from audit.exports import files
from audit.exports.models import Export
from audit.exports.request_export import request_export
from audit.exports.run import run_export
from audit.exports.sweep import expire_exports
from audit.log.models import Entry, SweepFailure
from audit.log.sweep_items import MAX_TRIES, sweep_items
from core import db
from rights.letters import RECEIVED
from tests.audit.exports.finished_export import log  # noqa: F401
from tests.signin import sign_in


@pytest.fixture
def letters(make_user, now):
    """Three letters to three people, all due."""
    with db.atomic():
        users = [make_user(name) for name in ("layla", "omid", "sara")]
        return [
            write_letter(user, kind=RECEIVED.name, context={"request": {"reference": "RR-1"}}, now=now)
            for user in users
        ]


def rows_of(letters):
    with db.use_role("worker"):
        found = {row.pk: row for row in Letter.objects.all()}
    return [found[letter.pk] for letter in letters]


def test_a_broken_ciphertext_stops_no_other_letter_and_needs_attention(letters, now):
    with db.use_role("worker"):
        Letter.objects.filter(pk=letters[0].pk).update(sealed=b"\x01broken", mail_due_at=now - timedelta(days=1))
        assert sweep_letters(now=now) == 2
        assert len(mail.outbox) == 2
        for tries in range(2, 9):
            assert rows_of(letters)[0].mail_state == MailState.WAITING
            sweep_letters(now=now + timedelta(days=tries))
    assert [row.mail_state for row in rows_of(letters)] == [MailState.FAILED, MailState.SENT, MailState.SENT]
    assert rows_of(letters)[0].mail_attempts == 8
    with db.use_role("auditor"):
        assert Entry.objects.filter(event="inbox.letter.parked").count() == 1


def test_a_letter_is_claimed_at_its_own_moment_however_long_the_sweep_takes(letters, now, monkeypatch):
    """A second sweep, begun while the first mails its third letter twenty minutes later, mails nothing twice."""
    sent = []

    with time_machine.travel(now, tick=False) as clock:

        def send(message):
            sent.append(message.to)
            if len(sent) == 3:
                sweep_letters_task()
            clock.shift(timedelta(minutes=10))

        monkeypatch.setattr("django.core.mail.EmailMessage.send", send)
        sweep_letters_task()
    assert len(sent) == 3


def test_an_item_that_raises_is_retried_later_then_needs_attention(letters, now, client, make_staff):
    bad, *good = (letter.pk for letter in letters)
    done = []

    def act(key, _moment):
        if key == bad:
            raise ValueError("layla@example.org")
        done.append(key)
        return True

    def sweep(at):
        with db.use_role("worker"):
            due = Letter.objects.order_by("pk").values_list("pk", flat=True)
            return sweep_items("test.letters", due, act, now=at, batch=10)

    at = now
    assert sweep(at) == 2
    assert sorted(done) == sorted(good)
    assert sweep(at) == 2
    with db.use_role("auditor"):
        assert SweepFailure.objects.get().tries == 1  # it is left alone for a while
    for _ in range(MAX_TRIES):
        at += timedelta(hours=1)
        sweep(at)
    with db.use_role("auditor"):
        failure = SweepFailure.objects.get()
        assert (failure.tries, failure.error, failure.item) == (MAX_TRIES + 1, "ValueError", str(bad))
        parked = Entry.objects.get(event="audit.item.parked")
        assert b"layla" not in bytes(parked.leaf)
    staff_access = sign_in(client, make_staff("ari", Role.AUDITOR), mfa=True)
    assert "?event=audit.item.parked" in staff_access.get("/staff/").content.decode()


def test_what_was_mended_or_is_no_longer_due_is_forgotten(letters, now):
    keys = [letter.pk for letter in letters]
    broken = set(keys[:2])

    def act(key, _moment):
        if key in broken:
            raise ValueError
        return True

    def sweep(at, due):
        with db.use_role("worker"):
            return sweep_items(
                "test.letters", Letter.objects.filter(pk__in=due).values_list("pk", flat=True), act, now=at, batch=10
            )

    sweep(now, keys)
    with db.use_role("worker"):
        assert SweepFailure.objects.count() == 2
    broken.clear()
    later = now + timedelta(hours=2)
    assert sweep(later, keys[1:]) == 2  # the second is mended, the first is not due any more
    with db.use_role("worker"):
        assert SweepFailure.objects.count() == 0


def test_a_storage_that_fails_for_one_export_keeps_no_other(log, now, monkeypatch):  # noqa: F811
    from audit.log.actors import machine
    from audit.search.filters import Filter

    with db.use_role("worker"):
        exports = [request_export(Filter(), actor=machine("c"), now=now) for _ in range(2)]
        for export in exports:
            assert run_export(export.pk, clock=lambda: now)
        Export.objects.filter(pk=exports[0].pk).update(asked_at=now - timedelta(days=1))
        real = files.ExportFiles.clear

        def clear(self, **more):
            if self._export.pk == exports[0].pk:
                raise OSError("the storage is away")
            real(self, **more)

        monkeypatch.setattr(files.ExportFiles, "clear", clear)
        assert expire_exports(now=now + timedelta(days=30)) == 1
        assert Export.objects.get(pk=exports[1].pk).state == "expired"
        monkeypatch.setattr(files.ExportFiles, "clear", real)
        assert expire_exports(now=now + timedelta(days=30, hours=1)) == 1
