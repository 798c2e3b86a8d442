"""Fifty of each thing that a page lists, where the samples have one."""

import copy
import uuid
from datetime import date, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from accounts.connections.models import ConnectionsDailyTotal
from accounts.identity.models import Invitation, RoleAssignment, UserToken
from accounts.identity.roles import Role
from accounts.identity.services import record_factor
from accounts.identity.session_store import row_key
from accounts.inbox.models import Letter
from accounts.terms.models import Announcement, PolicyVersion, Processor
from accounts.workloads.models import Ingest, ServiceToken, SetAsideLine, WorkloadsDailyTotal
from audit.exports.models import Export, ExportSchedule
from audit.merkle.signed_notes import Signature
from audit.publishing.models import Delivery
from audit.sequencer.sequence import sequence
from audit.tokens.models import ReaderToken
from audit.tree.models import Cosignature
from core import db
from humanaccess import services as gate
from humanaccess.grounds import Ground
from humanaccess.models import Aggregate, ApprovalRequest, Decision, LegalProcess, RequestedItem
from humanaccess.texts import VERSION, ShownText
from rights import services as rights
from rights.models import LegalHold, RequestQuestion, RightsRequest
from tests.permissions.people import NAMES, STAFF
from tests.permissions.samples import Samples, make_samples
from tests.platform_rows import put_rows
from tests.signin import sign_in
from vault.services import encrypt

MORE = 49
_APPROVAL = "/staff/humanaccess/ask/<slug:reference>/"


def _copies(row: Model, **fields: Any) -> list[Any]:
    """Store copies of a row, as the owner; a field given as a function is made from the copy's number."""
    copies = []
    for number in range(MORE):
        new = copy.copy(row)
        new._state = copy.copy(row._state)
        new.pk = uuid.uuid4() if isinstance(row.pk, uuid.UUID) else None
        for name, value in fields.items():
            setattr(new, name, value(number) if callable(value) else value)
        copies.append(new)
    return type(row)._base_manager.using("owner").bulk_create(copies)


def _one(model: type[Model], **which: Any) -> Any:
    return model._base_manager.using("owner").filter(**which).order_by("pk")[0]


def make_office(column: str, everybody: tuple[str, ...], make_user: Any, make_staff: Any) -> Samples:
    """Make one of each thing that a page lists, for these people; `quiet` is somebody with one entry in the log."""
    samples = make_samples(column, make_user, make_staff)
    for name in everybody:
        if name not in samples.people:
            person = make_staff(NAMES[name], *STAFF[name]) if name in STAFF else make_user(NAMES[name])
            samples.people[name] = person
    quiet = samples.people["quiet"] = make_user("quiet")
    now = samples.made_at
    record_factor(quiet, kind="totp", added=True, now=now)
    samples.addresses["/staff/log/subjects/<slug:subject>/"] = f"/staff/log/subjects/{quiet.reference}/"
    samples.addresses["/staff/audit/entry/"] = f"/staff/audit/entry/?subject={quiet.reference}"
    with db.use_role("owner"):
        ingest = Ingest.objects.create(source="api", began_at=now, lines=2, kept=1, set_aside=1)
        SetAsideLine.objects.create(ingest=ingest.pk, number=1, field="time", rule="must be a time", digest=b"1")
        Delivery.objects.create(place="p", size=1, state="delivered", queued_at=now, due_at=now)
    _cosign(samples, range(1))
    with db.use_role("staff"):
        officer, agent = samples.people["privacy officer"], samples.people["support"]
        rights.add_note(samples.parts["reference"], actor=officer, text="A note", now=now)
        agreed = ApprovalRequest.objects.get(reference=_last_part(samples.addresses[_APPROVAL]))
        gate.read_item(
            agreed.grant.pk,
            item_id=samples.parts["item_id"],
            reader=agent,
            mfa=True,
            stepped_up=True,
            now=timezone.now(),
        )
    return samples


def _last_part(address: str) -> str:
    return address.rstrip("/").rpartition("/")[2]


def _cosign(samples: Samples, numbers: range) -> None:
    size = int(_last_part(samples.addresses["/staff/audit/entry/checkpoints/<int:size>/"]))
    with db.use_role("sequencer"):
        for number in numbers:
            name, key = f"witness{number}.example", number.to_bytes(4)
            line = Signature(name, key, bytes(72)).encode()
            Cosignature.objects.create(size=size, witness=name, key_id=key.hex(), signed_at=samples.made_at, line=line)


def _grow_account(samples: Samples) -> None:
    layla = samples.people["user"]
    with db.use_role("default"):
        for number in range(MORE):
            cookie = sign_in(Client(), layla, fresh=True).session.session_key
            began = samples.made_at - timedelta(days=number)
            UserSession.objects.create(
                user=layla, session_key=row_key(cookie), ip="192.0.2.7", user_agent="x", created_at=began
            )
    _copies(_one(SocialAccount, user=layla), uid=lambda n: f"uid-{n}")
    _copies(_one(EmailAddress, user=layla), email=lambda n: f"layla{n}@example.org", primary=False)
    _copies(_one(Authenticator, user=layla, type="webauthn"))
    _copies(_one(Letter, subject=layla.reference), written_at=lambda n: samples.made_at - timedelta(minutes=n))


def _grow_staff(samples: Samples, make_staff: Any) -> None:
    for number in range(MORE):
        make_staff(f"more{number}", Role.SUPPORT)
    mia = _one(RoleAssignment, pk=samples.parts["assignment_id"]).user
    for role in set(Role) - {Role.SUPPORT, Role.AUDITOR}:
        row = _one(RoleAssignment, user=mia, role=Role.SUPPORT)
        row.pk, row.role = None, role
        row.save(using="owner", force_insert=True)
    _copies(_one(Invitation), email=lambda n: f"invited{n}@example.org", token_hash=lambda n: f"{n:064x}")


def _grow_requests(samples: Samples) -> None:
    officer, now = samples.people["privacy officer"], timezone.now()
    waiting = _one(RightsRequest, reference=samples.parts["reference"])
    _copies(waiting, reference=lambda n: f"RR-2026-1{n:05d}", state="withdrawn", closed_at=now, assignee=None)
    others = {"subject": lambda n: f"{n:032x}", "user": None, "assignee": officer}
    _copies(waiting, reference=lambda n: f"RR-2026-2{n:05d}", **others)
    with db.use_role("staff"):
        for number in range(MORE):
            rights.add_note(waiting.reference, actor=officer, text=f"Note {number}", now=now)
    _copies(_one(LegalHold), subject=lambda n: f"{n:032x}")
    _copies(_one(LegalProcess), reference=lambda n: f"LP-2026-1{n:05d}", subject=lambda n: f"{n:032x}")
    question = _one(RequestQuestion, request=waiting)
    for number in range(MORE):
        question.pk = uuid.uuid4()
        question.sealed = encrypt(waiting.subject, question.encryption_context, b"Again: which app?")
        question.sealed_answer = encrypt(waiting.subject, question.answer_context, f"Answer {number}".encode())
        question.save(using="owner", force_insert=True)


def _grow_accesses(samples: Samples, items: list[uuid.UUID]) -> None:
    """Fifty items in an approval request, fifty requests, and a read under each."""
    layla, agent = samples.people["user"], samples.people["support"]
    for route in (_APPROVAL, "/settings/permissions/<slug:reference>/"):
        approval_request = _one(ApprovalRequest, reference=_last_part(samples.addresses[route]))
        _copies(
            _one(RequestedItem, approval_request=approval_request), item=lambda n: items[n], position=lambda n: n + 2
        )
        refused = {"verdict": "declined", "sealed": None, "items": []}
        _copies(_one(Decision), approval_request=approval_request, decided_by=lambda n: f"{n:032x}", **refused)
    shown = ShownText("Sam asks to look at an automation.", VERSION, "en", samples.made_at)
    for item in items:
        now = timezone.now()
        with db.use_role("staff"):
            named = [
                found
                for found in gate.list_items(
                    asker=agent, subject=layla, kind="connections.automation", where={}, now=now
                )
                if found.id == item
            ]
            reason = f"Your upload failed twice on Monday; item {item} should say why."
            approval_request = gate.request_approval(
                asker=agent, subject=layla, ground=Ground.AGREEMENT, items=named, reason=reason, now=now
            )
        grant = gate.agree_to_request(approval_request, user=layla, items={item}, shown=shown, now=now)
        with db.use_role("staff"):
            gate.read_item(grant.pk, item_id=item, reader=agent, mfa=True, stepped_up=True, now=now)


def _grow_log(samples: Samples) -> None:
    now = samples.made_at
    for _ in range(MORE):
        record_factor(samples.people["quiet"], kind="totp", added=True, now=now)
        with db.use_role("sequencer"):
            sequence(timezone.now())
    _cosign(samples, range(1, MORE + 1))
    _copies(_one(Export))
    _copies(_one(ExportSchedule), name=lambda n: f"daily-{n}")
    _copies(_one(ReaderToken), name=lambda n: f"siem-{n}", hash=lambda n: bytes([n]) * 32)
    _copies(_one(Delivery), place=lambda n: f"place-{n}")


def _grow_platform(samples: Samples) -> None:
    _copies(_one(ServiceToken), name=lambda n: f"token-{n}", hash=lambda n: bytes([n]) * 32)
    for ended in (None, samples.made_at):
        of_one = {"name": lambda n: f"token-{n}", "hash": lambda n, e=ended: bytes([n, bool(e)]) * 16}
        _copies(_one(UserToken), **of_one, revoked_at=lambda _n, e=ended: e)
    _copies(_one(Ingest))
    _copies(_one(Processor), slug=lambda n: f"processor-{n}", review_due_on=lambda _n: date(2026, 1, 1))
    draft = PolicyVersion.objects.filter(published_at=None).first()
    _copies(draft, effective_on=lambda n: draft.effective_on + timedelta(days=n + 1))
    _copies(
        draft,
        published_at=lambda _n: samples.made_at,
        published_by=lambda _n: "b" * 32,
        effective_on=lambda n: date(2025, 1, 1) + timedelta(days=n),
    )
    announcements = Announcement.objects.using("owner")
    _copies(announcements.filter(released_at=None).first())
    sent = announcements.get(kind="policy")
    _copies(_one(Letter, case_ref=sent.case), subject=lambda n: f"{n:032x}")
    _copies(_one(SetAsideLine), number=lambda n: n + 2)
    answer = _one(Aggregate)
    _copies(answer, week=lambda n: answer.week - timedelta(weeks=n + 1))
    for model in (WorkloadsDailyTotal, ConnectionsDailyTotal):
        row = _one(model)
        _copies(row, day=lambda n, day=row.day: day - timedelta(days=n + 1))


def grow(samples: Samples, make_user: Any, make_staff: Any) -> None:
    """Make fifty of everything."""
    reference = samples.people["user"].reference
    items = put_rows("connections_automation", reference, samples.made_at - timedelta(hours=1), MORE)
    _grow_account(samples)
    _grow_staff(samples, make_staff)
    for number in range(MORE):
        make_user(f"{NAMES['user']}{number}")
    _grow_requests(samples)
    _grow_accesses(samples, items)
    _grow_log(samples)
    _grow_platform(samples)
