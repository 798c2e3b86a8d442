"""What one administrator alone cannot do: make both persons of a rule of two, or send the other administrator away."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.account.signals import email_changed
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from accounts.identity.errors import IdentityError
from accounts.identity.models import PendingChange, RoleAssignment, User
from accounts.identity.policies import ALONE_WAITS, may_decide_for, roles_of
from accounts.identity.roles import WEIGHTY, Role
from accounts.identity.schema_sql import WAIT_HOURS
from accounts.identity.services import (
    accept_invitation,
    bootstrap_administrators,
    carry_out_change,
    confirm_change,
    confirm_role,
    end_role,
    give_role,
    invite_staff,
    leave_staff,
    pending_change,
    suspend_staff,
    withdraw_change,
)
from accounts.identity.tasks import sweep_changes
from accounts.identity.visitors import Visitor
from accounts.inbox.models import Letter
from accounts.inbox.services import open_letter
from audit.log.models import Entry
from audit.log.sweep_items import count_needing_attention
from core import db
from tests.signin import sign_in

HERE = Visitor("127.0.0.1", "test")
PASS = "a long pass phrase"
PEOPLE = "/staff/identity/roleassignment/"


@pytest.fixture
def now():
    """The real time: the database counts by its own clock."""
    return timezone.now()


@pytest.fixture
def root(make_staff):
    return make_staff("root", Role.ADMINISTRATOR)


@pytest.fixture
def second(make_staff):
    return make_staff("second", Role.ADMINISTRATOR)


@pytest.fixture
def staff_role(office):
    with db.use_role("staff"):
        yield


def _letters(to=None):
    """Return the letters to staff, to one of them or to all: no staff page reads them from the table."""
    with db.use_role("worker"):
        found = Letter.objects.filter(kind="identity.staff_news")
        return list(found if to is None else found.filter(subject=to.reference))


def join(email, *roles, actor, now):
    _, token = invite_staff(email=email, roles=roles, actor=actor, now=now)
    name = email.partition("@")[0]
    return accept_invitation(token, user=None, username=name, password=PASS, visitor=HERE, now=now)


def let_pass(hours, **which):
    """Move roles back in time, as only the owner may."""
    with db.use_role("owner"):
        for assignment in RoleAssignment.objects.filter(effective_at__isnull=False, **which):
            RoleAssignment.objects.filter(pk=assignment.pk).update(
                effective_at=assignment.effective_at - timedelta(hours=hours)
            )


def roles_now(person):
    return roles_of(User.objects.get(pk=person.pk))


def events(name):
    with db.use_role("auditor"):
        return list(Entry.objects.filter(event=f"identity.{name}").order_by("id"))


def waits_about(hours, assignment):
    assignment.refresh_from_db()
    expected = timezone.now() + timedelta(hours=hours)
    return abs(assignment.effective_at - expected) < timedelta(minutes=5)


def test_python_and_the_database_wait_equally_long():
    assert timedelta(hours=WAIT_HOURS) == ALONE_WAITS


@pytest.mark.parametrize("role", sorted(WEIGHTY))
def test_a_weighty_role_given_alone_waits_and_all_staff_are_told(staff_role, root, make_staff, now, role):
    sam = make_staff("sam", Role.SUPPORT)
    make_staff("gone", Role.SUPPORT, is_active=False)
    given = give_role(sam, role, actor=root, now=now)
    assert roles_now(sam) == {Role.SUPPORT}
    assert waits_about(WAIT_HOURS, given)
    told = {letter.subject: letter for letter in _letters()}
    assert set(told) == {root.reference, sam.reference}
    let_pass(WAIT_HOURS, user=sam, role=role)
    assert roles_now(sam) == {Role.SUPPORT, role}


def test_the_letter_names_role_reference_and_link_and_nobody(staff_role, root, make_staff, now, settings):
    settings.OFFICE_URL = "https://office.example"
    sam = make_staff("sam", Role.SUPPORT)
    give_role(sam, Role.APPROVER_SECURITY, actor=root, now=now)
    (letter,) = _letters(root)
    with db.use_role("default"):
        _, text = open_letter(letter.pk, user=root, now=now)
    assert "Approver on the security ground" in text
    assert sam.reference in text
    assert f"https://office.example{PEOPLE}{sam.pk}/" in text
    assert "sam" not in text.replace(sam.reference, "")


def test_the_letter_gives_the_time_of_its_readers_zone_and_names_it(staff_role, root, make_staff, now):
    root.time_zone = "Asia/Tokyo"
    with db.use_role("default"):
        root.save()
    given = give_role(make_staff("sam", Role.SUPPORT), Role.APPROVER_SECURITY, actor=root, now=now)
    (letter,) = _letters(root)
    with db.use_role("default"):
        _, text = open_letter(letter.pk, user=root, now=now)
    day = date_format(given.effective_at.astimezone(root.zone), "DATETIME_FORMAT")
    assert f"{day} (Asia/Tokyo)" in " ".join(text.split())


def test_one_administrator_alone_does_not_make_both_persons(staff_role, root, now):
    engineer = join("e@evil.example", Role.SECURITY_ENGINEER, actor=root, now=now)
    approver = join("a@evil.example", Role.APPROVER_SECURITY, actor=root, now=now)
    assert (roles_now(engineer), roles_now(approver)) == ({Role.SECURITY_ENGINEER}, set())
    assert not may_decide_for(engineer.reference, approver.reference)
    let_pass(WAIT_HOURS, user=approver)
    assert roles_now(approver) == {Role.APPROVER_SECURITY}
    assert not may_decide_for(engineer.reference, approver.reference)
    let_pass(30 * 24, user__in=[engineer, approver])
    assert may_decide_for(engineer.reference, approver.reference)


def test_a_role_given_anew_starts_the_thirty_days_again(staff_role, root, now):
    engineer = join("e@evil.example", Role.SUPPORT, actor=root, now=now)
    approver = join("a@evil.example", Role.APPROVER_SECURITY, actor=root, now=now)
    let_pass(40 * 24, user__in=[engineer, approver])
    give_role(engineer, Role.SECURITY_ENGINEER, actor=root, now=now)
    assert not may_decide_for(engineer.reference, approver.reference)


def test_a_second_administrators_word_counts_at_once(staff_role, root, second, now):
    engineer = join("e@example.org", Role.SECURITY_ENGINEER, actor=root, now=now)
    approver = join("a@example.org", Role.APPROVER_SECURITY, actor=root, now=now)
    for waiting in RoleAssignment.objects.filter(user__in=[engineer, approver]):
        with pytest.raises(IdentityError, match="same person"):
            confirm_role(waiting.pk, actor=root, now=now)
        confirm_role(waiting.pk, actor=second, now=now)
    assert roles_now(approver) == {Role.APPROVER_SECURITY}
    assert may_decide_for(engineer.reference, approver.reference)


def test_one_confirmed_person_is_enough_and_nobody_unknown_is(staff_role, root, make_staff, user, now):
    engineer = join("e@example.org", Role.SECURITY_ENGINEER, actor=root, now=now)
    approver = make_staff("ada", Role.APPROVER_SECURITY)
    assert may_decide_for(engineer.reference, approver.reference)
    assert not may_decide_for(user.reference, approver.reference)
    assert not may_decide_for(approver.reference, approver.reference)


def test_a_role_in_force_alone_can_be_confirmed_later(staff_role, root, make_staff, now):
    engineer = join("e@example.org", Role.SECURITY_ENGINEER, actor=root, now=now)
    approver = join("a@example.org", Role.APPROVER_SECURITY, actor=root, now=now)
    let_pass(WAIT_HOURS, user=approver)
    second = make_staff("second", Role.ADMINISTRATOR)
    assert not may_decide_for(engineer.reference, approver.reference)
    confirm_role(RoleAssignment.objects.get(user=engineer).pk, actor=second, now=now)
    assert may_decide_for(engineer.reference, approver.reference)


FORGED = {
    "in the past": {"given_at": datetime(2020, 1, 1, tzinfo=UTC), "effective_at": datetime(2020, 1, 1, tzinfo=UTC)},
    "confirmed at once": {"confirmed_at": datetime(2020, 1, 1, tzinfo=UTC)},
    "by the bootstrap command": {"given_by": "", "confirmed_at": datetime(2020, 1, 1, tzinfo=UTC)},
}


@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("role", sorted(WEIGHTY))
def test_a_role_forged_by_the_staff_roles_sql_waits_all_the_same(staff_role, root, make_staff, now, role, forged):
    sam = make_staff("sam", Role.SUPPORT)
    facts = {"given_by": root.reference, "given_at": now, **FORGED[forged]}
    row = RoleAssignment.objects.create(user=sam, role=role, **facts)
    assert waits_about(WAIT_HOURS, row)
    RoleAssignment.objects.filter(pk=row.pk).update(effective_at=now)
    assert waits_about(WAIT_HOURS, row)
    assert roles_now(sam) == {Role.SUPPORT}


def test_a_confirmation_forged_by_sql_is_refused(staff_role, root, second, make_staff, now):
    sam, mallory = make_staff("sam", Role.SUPPORT), make_staff("mallory", Role.SUPPORT)
    row = give_role(sam, Role.APPROVER_SECURITY, actor=root, now=now)
    make_staff("asleep", Role.ADMINISTRATOR, is_active=False)
    asleep = User.objects.get(username="asleep")
    rows = RoleAssignment.objects.filter(pk=row.pk)
    for liar in (root.reference, sam.reference, mallory.reference, asleep.reference, "f" * 32, ""):
        with pytest.raises(DatabaseError, match="second administrator"):
            rows.update(confirmed_by=liar, confirmed_at=now)
    with pytest.raises(DatabaseError, match="second administrator"):
        RoleAssignment.objects.create(
            user=mallory, role="approver_legal", given_by="0" * 32, given_at=now, confirmed_by="f" * 32
        )
    assert roles_now(sam) == {Role.SUPPORT}


def test_a_role_is_not_rewritten_into_another(staff_role, root, make_staff, now):
    sam, mallory = make_staff("sam", Role.SUPPORT), make_staff("mallory", Role.APPROVER_SECURITY)
    for row, change in (
        (RoleAssignment.objects.get(user=sam), {"role": "approver_security"}),
        (RoleAssignment.objects.get(user=mallory), {"user": sam}),
        (RoleAssignment.objects.get(user=mallory), {"given_by": root.reference}),
    ):
        with pytest.raises(DatabaseError, match="never rewritten"):
            RoleAssignment.objects.filter(pk=row.pk).update(**change)
    ended = RoleAssignment.objects.get(user=mallory)
    end_role(ended.pk, actor=root, now=now)
    with pytest.raises(DatabaseError, match="stays ended"):
        RoleAssignment.objects.filter(pk=ended.pk).update(ended_at=None)


def test_the_worker_ends_roles_and_puts_none_in_force(root, make_staff, now):
    sam = make_staff("sam", Role.SUPPORT)
    with db.use_role("staff"):
        row = give_role(sam, Role.APPROVER_SECURITY, actor=root, now=now)
    with db.use_role("worker"), pytest.raises(DatabaseError, match="permission denied"):
        RoleAssignment.objects.filter(pk=row.pk).update(effective_at=now)


def test_founders_are_two_and_confirm_for_each_other(staff_role, now):
    made = bootstrap_administrators(["a@example.org", "b@example.org"], now=now)
    first, other = (
        accept_invitation(token, user=None, username=name, password=PASS, visitor=HERE, now=now)
        for name, (_, token) in zip(("anna", "bert"), made, strict=True)
    )
    assert roles_now(first) == roles_now(other) == {Role.ADMINISTRATOR}
    approver = join("c@example.org", Role.APPROVER_SECURITY, actor=first, now=now)
    confirm_role(RoleAssignment.objects.get(user=approver).pk, actor=other, now=now)
    assert roles_now(approver) == {Role.APPROVER_SECURITY}


def test_two_founders_need_two_mailboxes(staff_role, now):
    with pytest.raises(IdentityError, match="own mailbox"):
        bootstrap_administrators(["a@example.org", "A+b@example.org"], now=now)


def test_a_founder_who_comes_late_waits_like_everybody(staff_role, now):
    (_, one), (_, late) = bootstrap_administrators(["a@example.org", "b@example.org"], now=now)
    first = accept_invitation(one, user=None, username="anna", password=PASS, visitor=HERE, now=now)
    join("c@example.org", Role.SUPPORT, actor=first, now=now)
    other = accept_invitation(late, user=None, username="bert", password=PASS, visitor=HERE, now=now)
    assert roles_now(other) == set()
    assert _letters(first)
    confirm_role(RoleAssignment.objects.get(user=other).pk, actor=first, now=now)
    assert roles_now(other) == {Role.ADMINISTRATOR}


@pytest.mark.parametrize(
    "written", ["root@example.org", "ROOT+e@example.org", "root@\uff45xample.org", '"root"@example.org']
)
def test_an_administrator_does_not_invite_their_own_mailbox(staff_role, root, now, written):
    with pytest.raises(IdentityError, match="own mailbox"):
        invite_staff(email=written, roles=[Role.SUPPORT], actor=root, now=now)


def test_nor_one_of_their_other_addresses_nor_that_of_a_colleague(staff_role, root, make_staff, now):
    make_staff("sam", Role.SUPPORT)
    with db.use_role("default"):
        EmailAddress.objects.create(user=root, email="private@example.net", verified=True)
    with pytest.raises(IdentityError, match="own mailbox"):
        invite_staff(email="private+x@example.net", roles=[Role.SUPPORT], actor=root, now=now)
    with pytest.raises(IdentityError, match="already staff"):
        invite_staff(email="sam+two@example.org", roles=[Role.AUDITOR], actor=root, now=now)


def test_two_invitations_of_one_mailbox_make_one_member_of_staff(staff_role, root, now):
    sent = [
        invite_staff(email=f"e+{number}@evil.example", roles=[Role.SUPPORT], actor=root, now=now)[1]
        for number in (1, 2)
    ]
    accept_invitation(sent[0], user=None, username="one", password=PASS, visitor=HERE, now=now)
    with pytest.raises(IdentityError, match="already staff"):
        accept_invitation(sent[1], user=None, username="two", password=PASS, visitor=HERE, now=now)
    assert not User.objects.filter(username="two").exists()


def act_on(name, person, *, actor, now):
    if name == "end":
        return end_role(RoleAssignment.objects.get(user=person, role=Role.ADMINISTRATOR).pk, actor=actor, now=now)
    return {"suspend": suspend_staff, "leave": leave_staff}[name](person, actor=actor, now=now)


ACTS = ("suspend", "leave", "end")


@pytest.mark.parametrize("act", ACTS)
def test_what_is_taken_from_an_administrator_waits_and_all_staff_are_told(staff_role, root, second, now, act):
    change = act_on(act, second, actor=root, now=now)
    assert roles_now(second) == {Role.ADMINISTRATOR}
    assert change.effective_at == now + ALONE_WAITS
    told = [letter.subject for letter in _letters()]
    assert set(told) == {root.reference, second.reference}
    with pytest.raises(IdentityError, match="waits already"):
        act_on(act, second, actor=root, now=now)
    # The other administrator is still there, and stops what the first gives alone.
    waiting = join("a@evil.example", Role.APPROVER_SECURITY, actor=root, now=now)
    end_role(RoleAssignment.objects.get(user=waiting).pk, actor=second, now=now)
    let_pass(WAIT_HOURS)
    assert roles_now(waiting) == set()
    with db.use_role("worker"):
        assert not carry_out_change(change.pk, now=now + ALONE_WAITS - timedelta(seconds=1))
        assert carry_out_change(change.pk, now=now + ALONE_WAITS)
        assert not carry_out_change(change.pk, now=now + ALONE_WAITS)
    assert roles_now(second) == set()


@pytest.mark.parametrize("act", ACTS)
def test_a_third_administrator_confirms_or_withdraws_it(staff_role, root, second, make_staff, now, act):
    third = make_staff("third", Role.ADMINISTRATOR)
    change = act_on(act, second, actor=root, now=now)
    for person, reason in ((root, "same person"), (second, "self")):
        with pytest.raises(IdentityError, match=reason):
            confirm_change(change.pk, actor=person, now=now)
    with pytest.raises(IdentityError, match="self"):
        withdraw_change(change.pk, actor=second, now=now)
    withdraw_change(change.pk, actor=third, now=now)
    with pytest.raises(IdentityError, match="settled"):
        confirm_change(change.pk, actor=third, now=now)
    again = act_on(act, second, actor=root, now=now)
    confirm_change(again.pk, actor=third, now=now)
    assert roles_now(second) == set()
    assert [len(events(name)) for name in ("change.asked", "change.confirmed", "change.withdrawn")] == [2, 1, 1]


def test_a_change_whose_requester_is_no_administrator_any_more_is_withdrawn(staff_role, root, second, make_staff, now):
    third = make_staff("third", Role.ADMINISTRATOR)
    change = suspend_staff(second, actor=root, now=now)
    confirm_change(leave_staff(root, actor=second, now=now).pk, actor=third, now=now)
    with db.use_role("worker"):
        carry_out_change(change.pk, now=now + ALONE_WAITS)
    assert roles_now(second) == {Role.ADMINISTRATOR}
    assert PendingChange.objects.get(pk=change.pk).settled_at is not None


def test_what_an_administrator_gave_alone_goes_with_them(staff_role, root, second, make_staff, now):
    third = make_staff("third", Role.ADMINISTRATOR)
    approver = join("a@evil.example", Role.APPROVER_SECURITY, actor=root, now=now)
    confirm_change(leave_staff(root, actor=second, now=now).pk, actor=third, now=now)
    let_pass(WAIT_HOURS)
    assert roles_now(approver) == set()


def test_the_sweep_carries_out_what_is_due_and_one_that_raises_keeps_no_other_waiting(
    staff_role, root, second, make_staff, now, monkeypatch
):
    third = make_staff("third", Role.ADMINISTRATOR)
    long_ago = now - ALONE_WAITS - timedelta(minutes=2)
    broken = suspend_staff(third, actor=root, now=long_ago)
    due = suspend_staff(second, actor=root, now=long_ago + timedelta(minutes=1))
    waits = leave_staff(second, actor=root, now=now)
    carry_out = pending_change.carry_out_change

    def raise_for_one(change_id, now):
        if change_id == broken.pk:
            raise DatabaseError
        return carry_out(change_id, now=now)

    monkeypatch.setattr(pending_change, "carry_out_change", raise_for_one)
    for moment in range(5):
        with time_machine.travel(now + timedelta(hours=moment)):
            sweep_changes()
    settled = set(PendingChange.objects.exclude(settled_at=None).values_list("pk", flat=True))
    assert settled == {due.pk}
    assert waits.pk not in settled
    assert count_needing_attention() == 1


def test_who_is_no_administrator_is_suspended_at_once(staff_role, root, second, make_staff, now):
    sam = make_staff("sam", Role.SUPPORT)
    assert suspend_staff(sam, actor=root, now=now) is None
    assert roles_now(sam) == set()


def test_an_approver_who_changes_their_address_waits_and_staff_are_told(root, second, make_staff, now):
    ada = make_staff("ada", Role.APPROVER_SECURITY, Role.SUPPORT)
    ada.email = "other@example.org"
    ada.save()
    assert roles_now(ada) == {Role.SUPPORT}
    email_changed.send(
        sender=User, request=None, user=ada, from_email_address=None, to_email_address=EmailAddress(email=ada.email)
    )
    with db.use_role("staff"):
        assert len(_letters()) == len({root, second, ada})
        confirm_role(RoleAssignment.objects.get(user=ada, role="approver_security").pk, actor=second, now=now)
    assert roles_now(ada) == {Role.SUPPORT, Role.APPROVER_SECURITY}


def test_the_rule_works_in_an_office_of_three(staff_role, now):
    made = bootstrap_administrators(["a@example.org", "b@example.org"], now=now)
    anna, bert = (
        accept_invitation(token, user=None, username=name, password=PASS, visitor=HERE, now=now)
        for name, (_, token) in zip(("anna", "bert"), made, strict=True)
    )
    cleo = join("c@example.org", Role.SECURITY_ENGINEER, actor=anna, now=now)
    confirm_role(RoleAssignment.objects.get(user=cleo).pk, actor=bert, now=now)
    give_role(anna, Role.APPROVER_SECURITY, actor=bert, now=now)
    assert Role.APPROVER_SECURITY not in roles_now(anna)
    let_pass(WAIT_HOURS, user=anna, role=Role.APPROVER_SECURITY)
    assert Role.APPROVER_SECURITY in roles_now(anna)
    assert may_decide_for(cleo.reference, anna.reference)


def test_pages_show_what_waits_and_let_a_second_confirm(root, second, make_staff):
    third = sign_in(Client(), make_staff("third", Role.ADMINISTRATOR), mfa=True, fresh=True)
    staff_client = sign_in(Client(), root, mfa=True, fresh=True)
    sam = make_staff("sam", Role.SUPPORT)
    staff_client.post(f"{PEOPLE}{sam.pk}/give/", {"role": "approver_security"})
    assert b"takes effect on" in staff_client.get(f"{PEOPLE}{sam.pk}/").content
    assert staff_client.post(f"{PEOPLE}{second.pk}/suspend/")["Location"] == f"{PEOPLE}{second.pk}/"
    page = third.get(f"{PEOPLE}{second.pk}/").content.decode()
    with db.use_role("staff"):
        change = PendingChange.objects.get()
    address = f"{PEOPLE}change/{change.pk}/"
    assert f"{address}confirm/" in page
    assert f"{address}confirm/" not in staff_client.get(f"{PEOPLE}{second.pk}/").content.decode()
    assert staff_client.post(f"{address}confirm/").status_code == 403
    assert third.get(f"{address}confirm/").status_code == 200
    assert third.post(f"{address}confirm/").status_code == 302
    assert not User.objects.get(pk=second.pk).is_active
    assert third.post(f"{address}withdraw/").status_code == 409
    assert third.post(f"{address}reverse/").status_code == 404
