"""One of each thing that an address may name; all of them layla's."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.utils import decrypt
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils import timezone
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from accounts.connections.models import GitHubGrant, GoogleGrant, Revocation, WipeReason
from accounts.identity.models import RoleAssignment, User
from accounts.identity.roles import Role
from accounts.identity.services import give_role, invite_staff, make_user_token, revoke_user_token, suspend_staff
from accounts.identity.session_store import row_key
from accounts.identity.token_scopes import STAFF_SCOPES, TokenScope
from accounts.inbox.models import Letter
from accounts.personaldata.item_providers import NamedItem
from accounts.terms import services as terms
from accounts.terms.models import Announcement, PolicyVersion, Processor
from accounts.workloads.models import Command, PlatformOrder
from accounts.workloads.services import make_token
from audit.exports.request_export import request_export
from audit.exports.schedules import make_schedule
from audit.log.actors import machine
from audit.log.models import Entry
from audit.search.filters import Filter
from audit.sequencer.sequence import sequence
from audit.tokens.services import make_reader_token
from core import db
from humanaccess import services as gate
from humanaccess.aggregates import weeks_of
from humanaccess.grounds import Ground
from humanaccess.legal.services import receive_process
from humanaccess.models import Sample
from humanaccess.texts import VERSION, ShownText
from rights import services as rights
from rights.fulfilment.certificate import certificate_path
from rights.models import Certificate, Correction, RequestQuestion, RightsRequest, Step
from rights.states import Attestation, Kind, Verb
from tests.permissions.people import ALWAYS, NAMES, PASSWORD, STAFF
from tests.platform_rows import SHAPES, put_row
from tests.signin import set_up_totp, sign_in
from vault.services import encrypt

RESTRICTED = {
    "workloads_logline": {"text": "canary-log-text 5190"},
    "workloads_command": {"command": "canary-command-text 5190"},
    "connections_automation": {"name": "canary-automation-name", "destinations": ["canary-destination"]},
    "connections_run": {"details": "canary-run-details"},
    "connections_transfer": {"destination": "canary-destination-sent"},
    "workloads_webvisit": {"path": "/canary-path-visited"},
}
#: of the restricted values above, and of letters: what only the owner, or who holds a grant, may see
RESTRICTED_TEXTS = (
    "canary-log-text",
    "canary-command-text",
    "canary-automation-name",
    "canary-destination",
    "canary-run-details",
    "canary-destination-sent",
    "canary-path-visited",
    "canary-letter-text",
)


@dataclass
class Samples:
    """What the addresses are filled with."""

    people: dict[str, User]
    made_at: datetime
    #: what stands for a placeholder, where `addresses` has nothing else
    parts: dict[str, Any] = field(default_factory=dict)
    #: route → its address, where the placeholders are not enough
    addresses: dict[str, str] = field(default_factory=dict)
    #: secret → what it is; nobody may ever see one
    secrets: dict[str, str] = field(default_factory=dict)
    #: what nobody but layla may see, or who holds a grant for it
    own_texts: set[str] = field(default_factory=lambda: set(RESTRICTED_TEXTS))
    #: route → makes its sample again, where an act on an address before it uses it up
    renewals: dict[str, Callable[[], object]] = field(default_factory=dict)

    def address(self, route: str) -> str:
        """Return the route with its placeholders filled."""
        if route in self.addresses:
            return self.addresses[route]

        def fill(found: re.Match[str]) -> str:
            return str(self.parts[found[1]])

        filled = re.sub(r"<(?:\w+:)?(\w+)>", fill, route)
        if re.search(r"[<>()$]", filled):
            raise LookupError(f"samples.py does not say how {route} is filled")
        return filled


def _passkey(user: User) -> Authenticator:
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    credential = AttestedCredentialData.create(Aaguid(b"\0" * 16), b"canary-passkey-id", key)
    seen = AuthenticatorData.create(b"\0" * 32, 0x45, 1, credential)
    client = CollectedClientData.create("webauthn.create", b"challenge", "http://testserver")
    data = {
        "name": "Laptop",
        "credential": {
            "id": websafe_encode(b"canary-passkey-id"),
            "rawId": websafe_encode(b"canary-passkey-id"),
            "type": "public-key",
            "clientExtensionResults": {"credProps": {"rk": True}},
            "response": {
                "clientDataJSON": websafe_encode(bytes(client)),
                "attestationObject": websafe_encode(bytes(AttestationObject.create("none", seen, {}))),
            },
        },
    }
    return Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data)


def _sign_in_methods(found: Samples) -> None:
    layla = found.people["user"]
    for person in found.people.values():
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    SocialAccount.objects.create(user=layla, provider="google", uid="canary-google-uid")
    totp = set_up_totp(layla)
    codes = RecoveryCodes.activate(layla)
    found.own_texts |= {"canary-token-name"}
    found.own_texts |= set(codes.get_unused_codes())
    found.parts["pk"] = _passkey(layla).pk
    elsewhere = sign_in(Client(), layla, fresh=True).session.session_key
    session = UserSession.objects.create(
        user=layla, session_key=row_key(elsewhere), ip="192.0.2.7", user_agent="Elsewhere"
    )
    found.parts["session_id"] = session.pk
    ended, _text = make_user_token(layla, "ended", scopes=["held:read"], days=7, now=timezone.now())
    revoke_user_token(layla, ended.pk, now=timezone.now())
    scopes = [scope.value for scope in TokenScope if scope not in STAFF_SCOPES]
    token, text = make_user_token(layla, "canary-token-name", scopes=scopes, days=7, now=timezone.now())
    found.addresses["/settings/tokens/<uuid:token_id>/end/"] = f"/settings/tokens/{token.pk}/end/"
    found.parts["user_token"] = text
    # Whoever comes there a second time has ended it the first time.
    found.renewals["/settings/security/sessions/<int:session_id>/end/"] = session.save
    found.secrets |= {
        layla.password: "password hash",
        PASSWORD: "password",
        decrypt(totp.data["secret"]): "secret of an authenticator app",
        str(elsewhere): "session key",
        text: "access token",
    }


#: what layla's automation needs, and one that it does not
_SCOPES = ["drive", *SHAPES["connections_automation"][0]["scopes"]]


def _google(found: Samples, now: Any) -> None:
    """What layla granted at Google and authorised at GitHub, and a grant whose end Google has not confirmed."""
    reference = found.people["user"].reference
    grant = GoogleGrant(subject=reference, account_id="canary-google-account", scopes=_SCOPES, token_hash="-")
    grant.sealed = encrypt(reference, grant.encryption_context, b"canary-refresh-token")
    grant.granted_at = grant.changed_at = grant.checked_at = now
    ended = Revocation(subject=reference, reason=WipeReason.USER, scopes=["drive"], asked_at=now, due_at=now)
    ended.wiped_at = now - timedelta(days=1)
    ended.sealed = encrypt(reference, ended.encryption_context, b"canary-refresh-token")
    github = GitHubGrant(subject=reference, account_id="canary-github-account", granted_at=now, changed_at=now)
    github.sealed = encrypt(reference, github.encryption_context, b"canary-github-token")
    with db.row_security_for(reference):
        grant.save(force_insert=True)
        github.save(force_insert=True)
        ended.save(force_insert=True)
    found.secrets |= {"canary-refresh-token": "token of Google", "canary-github-token": "token of GitHub"}


def _access_request(found: Samples, now: Any) -> RightsRequest:
    layla, officer = found.people["user"], found.people["privacy officer"]
    request = rights.receive_request(layla, kind=Kind.ACCESS, identified=True, now=now)
    with db.use_role("staff"):
        rights.take_request(request.reference, actor=officer, now=now)
        rights.start_request(request.reference, actor=officer, now=now)
    with db.use_role("worker"):
        for step in Step.objects.filter(request=request).order_by("position"):
            rights.run_step(step.pk, clock=timezone.now)
    with db.use_role("staff"):
        return rights.approve_delivery(request.reference, actor=officer, now=timezone.now())


def _letter(found: Samples, now: Any) -> None:
    reference = found.people["user"].reference
    letter = Letter(subject=reference, kind="canary", subject_line="About your app", written_at=now)
    letter.sealed = encrypt(reference, letter.encryption_context, b"canary-letter-text")
    with db.use_role("staff"):
        letter.save(force_insert=True)
    found.parts["letter_id"] = letter.pk


def _rights(found: Samples, now: Any) -> None:
    layla = found.people["user"]
    done = _access_request(found, now)
    corrected = rights.file_correction(
        layla,
        wanted=[("identity.account::email", "canary-right@example.org")],
        reason="It has a letter too many.",
        evidence=b"%PDF-1.7 canary-evidence",
        identified=True,
        now=now,
    )
    with db.use_role("staff"):
        rights.take_request(corrected.reference, actor=found.people["privacy officer"], now=now)
        field = Correction.objects.get(request=corrected).pk
    case = "/staff/rights/rightsrequest/"
    found.addresses |= {
        f"{case}<slug:reference>/evidence/": f"{case}{corrected.reference}/evidence/",
        f"{case}<slug:reference>/steps/<uuid:step_id>/decide/": f"{case}{corrected.reference}/steps/{field}/decide/",
    }
    waiting = rights.receive_request(layla, kind=Kind.ACCESS, identified=True, now=now + timedelta(seconds=1))
    with db.use_role("staff"):
        rights.take_request(waiting.reference, actor=found.people["privacy officer"], now=now + timedelta(seconds=2))
        rights.send_question(
            waiting.reference, actor=found.people["privacy officer"], text="Which app is it about?", now=now
        )
        step = Step.objects.filter(request=done).order_by("position")[0]
        question = RequestQuestion.objects.get(request=waiting)
    rights.answer_question(
        layla, waiting.reference, question.pk, text="canary-answer-text", now=now + timedelta(seconds=3)
    )
    objection = rights.receive_request(
        layla, kind=Kind.OBJECTION, identified=True, now=now, details={"to": "analytics"}
    )
    with db.use_role("staff"):
        found.parts["mark"] = objection.marks.get().pk
    own, staff = "/settings/privacy/requests/<slug:reference>/", "/staff/rights/rightsrequest/<slug:reference>/"
    found.parts |= {"act": "take", "reference": waiting.reference, "kind": Kind.ACCESS.value, "step_id": step.pk}
    found.parts["case"] = waiting.reference
    found.parts["subject"] = waiting.subject
    for part in ("package/", "progress/", ""):
        found.addresses[own + part] = f"/settings/privacy/requests/{done.reference}/{part}"
    for verb in ("retry", "leave_out"):
        route = f"{staff}steps/<uuid:step_id>/{verb}/"
        found.addresses[route] = f"/staff/rights/rightsrequest/{done.reference}/steps/{step.pk}/{verb}/"


#: a certificate's statement, as its page reads it
_STATEMENT = {
    "backups_until": "2026-12-31",
    "erased_at": "2026-11-20T10:00:00Z",
    "inside": [
        {"category": "usage", "found": 3, "outcome": "kept", "ground": "dispute", "until": "2027-01-31", "stays": []}
    ],
    "issued_at": "2026-11-20T10:00:00Z",
    "outside": [],
    "received_at": "2026-11-01T10:00:00Z",
    "searched": [],
    "started_at": "2026-11-16T10:00:00Z",
}


def _deletions(found: Samples, make_user: Any, now: Any) -> None:
    """Make a deletion that may begin, and one that has begun, with evidence and a certificate."""
    officer, then = found.people["privacy officer"], now - timedelta(days=15)
    waiting, begun = (
        rights.receive_request(make_user(name), kind=Kind.DELETION, identified=True, now=then)
        for name in ("yara", "zoe")
    )
    with db.use_role("staff"):
        for deletion in (waiting, begun):
            rights.take_request(deletion.reference, actor=officer, now=now)
        rights.start_erasure(begun.reference, actor=officer, now=now)
        attested, open_step = Step.objects.filter(request=begun, verb=Verb.ATTEST).order_by("position")[:2]
        rights.attest_step(
            begun.reference,
            attested.pk,
            actor=officer,
            finding=Attestation.ERASED,
            evidence=[b"canary-evidence-text"],
            backups_until=None,
            now=now,
        )
    with db.use_role("worker"):
        certificate = Certificate.objects.create(
            request=begun,
            subject=begun.subject,
            entry=Entry.objects.filter(subject=begun.subject).order_by("id")[0].pk,
            statement=orjson.dumps({**_STATEMENT, "request": begun.reference, "subject": begun.subject}).decode(),
            made_at=now,
            link_ends_at=now + timedelta(days=30),
        )
        found.parts["app"] = uuid4()
        found.parts["order_id"] = PlatformOrder.objects.get(case_ref=begun.reference).pk
    found.own_texts.add("canary-evidence-text")
    staff = "/staff/rights/rightsrequest/<slug:reference>/"
    link, one = certificate_path(certificate), f"/staff/rights/rightsrequest/{begun.reference}/"
    found.addresses |= {
        "/certificate/<str:link>/": link,
        "/certificate/<str:link>/certificate.json": f"{link}certificate.json",
        f"{staff}certificate.json": f"{one}certificate.json",
        f"{staff}erase/": f"/staff/rights/rightsrequest/{waiting.reference}/erase/",
        f"{staff}sign_off/": f"{one}sign_off/",
        f"{staff}steps/<uuid:step_id>/attest/": f"{one}steps/{open_step.pk}/attest/",
        f"{staff}steps/<uuid:step_id>/evidence/": f"{one}steps/{attested.pk}/evidence/",
    }


def _hold(found: Samples, make_user: Any, now: Any) -> None:
    """Place a hold on somebody's usage."""
    with db.use_role("staff"):
        placed = rights.place_hold(
            make_user("hedi").reference,
            category="usage",
            authority="canary-authority-text",
            reason="The court wants the bills of last year.",
            ends_on=now.date() + timedelta(days=30),
            actor=found.people["privacy officer"],
            now=now,
        )
    found.parts["hold"] = placed.pk
    found.own_texts.add("canary-authority-text")


def _policy(found: Samples, make_user: Any, now: Any) -> None:
    """Publish a first version of the policy, and begin another, in whose draft nobody of the table wrote."""
    texts = {"text_en": "# Privacy\n\nLittle.", "text_ar": "# الخصوصية"}
    said = {"summary_en": "New.", "summary_ar": "جديد"}
    with db.use_role("staff"):
        terms.import_first_version(**texts, **said, effective_on=date(2026, 3, 3), now=now)
        soon = now.date() + timedelta(days=30)
        facts = {"actor": make_user("wren"), "now": now, "effective_on": soon, "must_accept": False, **texts, **said}
        draft, other = (terms.write_version(**facts) for _ in range(2))
    # Two that were published: the band about a version that counts by going on is then on every page of the settings.
    PolicyVersion.objects.using("owner").create(
        **texts,
        **said,
        effective_on=date(2024, 1, 1),
        writers=[],
        written_at=now,
        published_at=now,
        published_by="b" * 32,
    )
    discard = "/staff/terms/policyversion/<uuid:version>/discard/"
    found.addresses[discard] = discard.replace("<uuid:version>", str(other.pk))
    found.parts |= {"day": "2026-03-03", "language": "en", "version": draft.pk}


def _announcements(found: Samples, now: Any) -> None:
    """Write one to be released and one to be thrown away; that of the policy has a letter. Announce a change, too."""
    wren = User.objects.get(username="wren")
    texts = {"title_en": "A fault", "title_ar": "خلل", "text_en": "It is mended.", "text_ar": "أُصلح."}
    facts = {"actor": wren, "now": now, "kind": "security", "apps": [], **texts}
    with db.use_role("staff"):
        draft, other = (terms.write_announcement(**facts) for _ in range(2))
        sent = Announcement.objects.get(kind="policy")
        Letter(subject=wren.reference, kind="canary", case_ref=sent.case, sealed=b"x", written_at=now).save()
        stripe = Processor.objects.get(slug="stripe")
        said = {name: getattr(stripe, name) for name in terms.FACTS}
        terms.change_processor("stripe", **{**said, "country": "FR"}, actor=wren, now=now)
    one, keep = "/staff/terms/announcement/<uuid:announcement>/", "/staff/terms/processor/<slug:processor>/keep/"
    found.parts["announcement"] = draft.pk
    found.addresses |= {
        **{page: page.replace("<uuid:announcement>", str(sent.pk)) for page in (one, f"{one}progress/")},
        f"{one}discard/": f"/staff/terms/announcement/{other.pk}/discard/",
        keep: keep.replace("<slug:processor>", "stripe"),
    }


def _platform(found: Samples, now: Any) -> None:
    with db.use_role("staff"):
        token, text = make_token("platform", actor=machine("console"), now=now)
    # No data category names it, so it may be ended.
    found.parts["processor"] = "sentry"
    found.parts |= {"stream": "usage", "service_token": text}
    found.secrets |= {text: "service token", bytes(token.hash).hex(): "hash of a service token"}


def _reader(found: Samples, now: Any) -> None:
    with db.use_role("staff"):
        token, text = make_reader_token("siem", scopes=["entries"], days=9, actor=machine("console"), now=now)
    found.parts |= {"token_id": token.pk, "reader_token": text}
    found.secrets |= {text: "reader token", bytes(token.hash).hex(): "hash of a reader token"}


def _exports(found: Samples, now: Any) -> None:
    """One that is paused and resumed, and two that are cancelled: by API, and on its page."""
    with db.use_role("staff"):
        moved, first, second = (request_export(Filter(), actor=machine("console"), now=now) for _ in range(3))
        schedule = make_schedule("daily", Filter(), every="day", place="siem", actor=machine("console"), now=now)
    found.parts |= {"export_id": moved.pk, "schedule_id": schedule.pk}
    api, page = "/api/v1/audit/exports/<uuid:export_id>/cancel", "/staff/audit/export/<uuid:export_id>/cancel/"
    found.addresses |= {
        api: api.replace("<uuid:export_id>", str(first.pk)),
        page: page.replace("<uuid:export_id>", str(second.pk)),
    }


def _staff(found: Samples, make_staff: Any, now: Any) -> None:
    mia, nora = make_staff("mia", Role.SUPPORT), make_staff("nora", Role.SUPPORT)
    giver, other = make_staff("gita", Role.ADMINISTRATOR), make_staff("hugo", Role.ADMINISTRATOR)
    with db.use_role("staff"):
        given = give_role(mia, Role.AUDITOR, actor=giver, now=now)
        invitation, token = invite_staff(email="canary-invited@example.org", roles=[Role.SUPPORT], actor=giver, now=now)
        change = suspend_staff(other, actor=giver, now=now)
        found.parts |= {"assignment_id": given.pk, "change_id": change.pk}
        assert RoleAssignment.objects.filter(pk=given.pk).exists()
    found.parts |= {"user_id": mia.pk, "invitation_id": invitation.pk, "token": token}
    people = "/staff/identity/roleassignment/"
    found.addresses[f"{people}<uuid:user_id>/<str:verb>/"] = f"{people}{nora.pk}/suspend/"
    found.addresses[f"{people}change/<uuid:change_id>/<str:verb>/"] = f"{people}change/{change.pk}/confirm/"
    found.addresses["/staff/identity/user/<uuid:user_id>/"] = f"/staff/identity/user/{found.people['user'].pk}/"
    found.secrets |= {token: "secret of an invitation", invitation.token_hash: "hash of that secret"}


def _human_access(found: Samples, now: Any) -> None:
    """One request that waits for layla's answer, one that she agreed to, one that waits for a second person."""
    layla, agent, engineer = found.people["user"], found.people["support"], found.people["security engineer"]
    with db.use_role("staff"):
        # Of two kinds: what layla ends at Google on the way ends the one alone.
        items = [
            *gate.list_items(asker=agent, subject=layla, kind="connections.automation", where={}, now=now),
            NamedItem(
                "workloads.command",
                Command._base_manager.using("owner").get(subject=layla.reference).pk,
                {"app": "00000000", "time": now.isoformat()},
            ),
        ]
        agreed, ended, waiting, second, third = (
            gate.request_approval(
                asker=asker,
                subject=layla,
                ground=ground,
                items=items,
                reason=f"Your upload failed twice on Monday; this should say why ({number}).",
                abuse_reference="ABUSE-17" if ground is Ground.SECURITY else "",
                now=now,
            )
            for number, (asker, ground) in enumerate(
                (
                    (agent, Ground.AGREEMENT),
                    (agent, Ground.AGREEMENT),
                    (agent, Ground.AGREEMENT),
                    (engineer, Ground.SECURITY),
                    (engineer, Ground.SECURITY),
                )
            )
        )
    shown = ShownText("Sam asks to look at an automation.", VERSION, "en", now)
    for approval_request in (agreed, ended):
        gate.agree_to_request(approval_request, user=layla, items={item.id for item in items}, shown=shown, now=now)
    own, staff = "/settings/permissions/<slug:reference>/", "/staff/humanaccess/ask/<slug:reference>/"
    with db.use_role("staff"):
        found.parts["item_id"] = agreed.items.get(kind="connections.automation").item
        answer = gate.run_aggregate(query="runs", week=weeks_of(90, now)[0], actor=agent, now=now)
        found.parts["answer"] = answer.pk
        run = Entry.objects.get(event="humanaccess.aggregate.run").pk
    found.parts["run"] = run
    Sample.objects.using("owner").create(pk=run, kind="run", drawn=True, drawn_at=now)
    found.addresses |= {
        own: f"/settings/permissions/{waiting.reference}/",
        f"{own}end/": f"/settings/permissions/{ended.reference}/end/",
        staff: f"/staff/humanaccess/ask/{agreed.reference}/",
        f"{staff}look/<uuid:item_id>/": f"/staff/humanaccess/ask/{agreed.reference}/look/{found.parts['item_id']}/",
        f"{staff}cancel/": f"/staff/humanaccess/ask/{waiting.reference}/cancel/",
        f"{staff}approve/": f"/staff/humanaccess/ask/{second.reference}/approve/",
        f"{staff}decline/": f"/staff/humanaccess/ask/{third.reference}/decline/",
        f"{staff}review/": f"/staff/humanaccess/ask/{second.reference}/review/",
        f"{staff}settle/": f"/staff/humanaccess/ask/{agreed.reference}/settle/",
        f"{staff}close/": f"/staff/humanaccess/ask/{ended.reference}/close/",
        f"{staff}revoke/": f"/staff/humanaccess/ask/{ended.reference}/revoke/",
    }


def _legal(found: Samples, make_staff: Any, now: Any) -> None:
    """A legal process about layla, who is not told of it yet; legal counsel holds it."""
    if "legal counsel" not in found.people:
        found.people["legal counsel"] = make_staff(NAMES["legal counsel"], Role.LEGAL_COUNSEL)
    counsel = found.people["legal counsel"]
    with db.use_role("staff"):
        process = receive_process(
            actor=counsel,
            subject=found.people["user"],
            kind="court_order",
            country="DE",
            authority="canary-authority",
            number="12 Gs 345/26",
            received_on=now.date(),
            due_on=now.date() + timedelta(days=20),
            document=[b"An order, in plain words."],
            now=now,
            ground="order",
            until=now.date() + timedelta(days=30),
            delay="The order forbids it.",
        )
    legal = "/staff/humanaccess/legalprocess/<slug:reference>/"
    acts = "agree assign challenge close delay document note notify produce progress reject release settle take"
    for address in (legal, *(f"{legal}{act}/" for act in acts.split())):
        found.addresses[address] = address.replace("<slug:reference>", process.reference)


def make_samples(column: str, make_user: Any, make_staff: Any) -> Samples:
    """Make one of everything for whoever stands in `column`."""
    now = timezone.now()
    people = {}
    for name in dict.fromkeys((*ALWAYS, column)):
        if name in STAFF:
            people[name] = make_staff(NAMES[name], *STAFF[name], is_superuser=name == "superuser")
        elif name != "anonymous":
            people[name] = make_user(NAMES[name], password=PASSWORD if name == "user" else None)
    if column == "administrator, no second factor used":
        set_up_totp(people[column])
    found = Samples(people, now)
    reference = people["user"].reference
    for table, sealed in RESTRICTED.items():
        row = put_row(table, reference, now - timedelta(hours=1), sealed=sealed)
        if table == "connections_automation":
            found.parts["automation"] = row
    _google(found, now)
    _sign_in_methods(found)
    _letter(found, now)
    _rights(found, now)
    _deletions(found, make_user, now)
    _hold(found, make_user, now)
    _human_access(found, now)
    _legal(found, make_staff, now)
    _staff(found, make_staff, now)
    _policy(found, make_user, now)
    _announcements(found, now)
    _platform(found, now)
    _reader(found, now)
    _exports(found, now)
    with db.use_role("auditor"):
        found.parts["entry_id"] = Entry.objects.filter(subject=reference).order_by("id")[0].pk
    with db.use_role("sequencer"):
        _, checkpoint = sequence(now)
    kind = ContentType.objects.get_for_model(Letter)
    found.addresses |= {
        "/accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "/accounts/password/reset/key/1-set/",
        "/api/v1/audit/proofs/consistency": f"/api/v1/audit/proofs/consistency?from=1&to={checkpoint.size}",
        "/api/v1/audit/proofs/inclusion": f"/api/v1/audit/proofs/inclusion?entry={found.parts['entry_id']}",
        "/log/<path:path>": "/log/tile/0/000.p/1",
        "/staff/audit/entry/checkpoints/<int:size>/": f"/staff/audit/entry/checkpoints/{checkpoint.size}/",
        "/staff/audit/entry/checkpoints/growth/": f"/staff/audit/entry/checkpoints/growth/?old=1&new={checkpoint.size}",
        "/staff/(?P<url>.*)$": "/staff/nowhere/",
        "/staff/r/<path:content_type_id>/<path:object_id>/": f"/staff/r/{kind.pk}/{found.parts['letter_id']}/",
    }
    return found
