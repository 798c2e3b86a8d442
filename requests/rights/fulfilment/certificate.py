"""The certificate of a deletion: what was erased, what stays and why, what is left to others.

Its statement is canonical JSON of codes, numbers and references. The log's entry holds its SHA-256, so that the entry's
receipt (`c2sp.org/tlog-proof@v1`) proves the statement by the log's signature.
"""

from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from accounts.inbox.services import mail_now
from accounts.personaldata.categories import data_categories
from audit.log import canonical_json, rfc3339
from audit.log.events import SUBJECT_SHREDDED
from audit.log.models import Entry
from cases.log_case import log_case
from core import db
from rights import events, letters
from rights.external_stores import store_named
from rights.models import Certificate, RightsRequest, Step
from rights.states import ExclusionReason, StepStatus, Verb

from .steps import Attempt, StepResult

FORMAT = "omegaoffice-erasure-certificate/1"
#: how long the mailed link leads to the certificate
LINK_LASTS = timedelta(days=30)
_signer = Signer(salt="rights.certificate")


def certificate_path(certificate: Certificate) -> str:
    """Return the path of the page that whoever has the link may read."""
    return reverse("certificates:certificate", args=[_signer.sign(str(certificate.pk))])


def certificate_id(link: str) -> str | None:
    """Return the id that a link names; None for one that the office did not sign."""
    try:
        return _signer.unsign(link)
    except BadSignature:
        return None


def prepare_certificate(attempt: Attempt) -> StepResult:
    """Mail the link to the certificate, while there is still an address; raises what the mail server's client raises.

    A worker that dies after the mail was taken sends it once more, with the same link.
    """
    step, now = attempt.step, attempt.lease.clock()
    with db.atomic():
        certificate, _created = Certificate.objects.update_or_create(
            request=step.request,
            defaults={"subject": step.subject, "made_at": now, "link_ends_at": now + LINK_LASTS},
        )
    if step.request.user is not None:
        link = settings.OFFICE_URL.rstrip("/") + certificate_path(certificate)
        context = {"request": step.request, "link": link, "until": certificate.link_ends_at}
        mail_now(
            step.request.user, kind=letters.CERTIFICATE.name, context=context, now=now, case=step.request.reference
        )
    return StepResult(1, facts={"mailed": step.request.user is not None})


def issue_certificate(request: RightsRequest, *, now: datetime) -> Certificate:
    """Write the statement, log its digest, and let the link live from now on; in the transaction that ends the work."""
    certificate, _created = Certificate.objects.select_for_update().get_or_create(
        request=request, defaults={"subject": request.subject, "made_at": now, "link_ends_at": now}
    )
    certificate.statement = canonical_json.encode(_statement(request, now)).decode()
    digest = sha256(certificate.statement.encode()).hexdigest()
    certificate.entry = log_case(events.CERTIFICATE_ISSUED, request, now=now, sha256=digest)
    certificate.made_at, certificate.link_ends_at = now, now + LINK_LASTS
    certificate.save()
    return certificate


def _statement(request: RightsRequest, now: datetime) -> dict[str, Any]:
    steps = list(Step.objects.filter(request=request).defer("part_key").order_by("position"))
    of_verb = {verb: [step for step in steps if step.verb == verb] for verb in Verb}
    shredded = Entry.objects.filter(event=SUBJECT_SHREDDED.name, outcome="ok", subject=request.subject)
    erased = shredded.order_by("id").first()
    if erased is None:
        raise RuntimeError("No entry of the log says that this person is erased.")
    inside = _inside(of_verb)
    outside = [_outside(step) for step in of_verb[Verb.ATTEST] + of_verb[Verb.ERASE_OUTSIDE]]
    last = max([now.date(), *(date.fromisoformat(each["until"]) for each in inside if each.get("until"))])
    backups = last + timedelta(days=settings.RIGHTS_BACKUP_DAYS)
    ends = [each["backups_until"] for each in outside if each["backups_until"]]
    return {
        "format": FORMAT,
        "log": settings.OFFICE_LOG_ORIGIN,
        "request": request.reference,
        "subject": request.subject,
        "received_at": rfc3339.write(request.received_at),
        "started_at": rfc3339.write(request.started_at) if request.started_at else None,
        "erased_at": rfc3339.write(erased.time),
        "erased_entry": str(erased.id),
        "issued_at": rfc3339.write(now),
        "inside": inside,
        "outside": outside,
        "searched": [_searched(step) for step in of_verb[Verb.SEARCH]],
        "mailed": all((step.receipt or {}).get("mailed", False) for step in of_verb[Verb.TELL]),
        "backups_until": max([backups.isoformat(), *ends]),
    }


def _inside(of_verb: dict[Verb, list[Step]]) -> list[dict[str, Any]]:
    """Return what became of each data category, by name; what the last step read again counts, not what was planned."""
    (last_step,) = of_verb[Verb.CRYPTO_SHRED]
    receipt = last_step.receipt or {}
    found: dict[str, int] = receipt.get("found", {})
    left: dict[str, int] = receipt.get("left", {})
    steps = {step.holding: step for step in of_verb[Verb.ERASE]}
    facts = []
    for category in data_categories():
        step = steps.get(category.name)
        stays = [each.told() for each in category.stays]
        count = found.get(category.name, 0)
        if step is not None:
            # What came in after its step went with the key.
            count += (step.receipt or {}).get("found") or 0
        outcome = "erased_but_stays" if stays else "erased"
        fact = {"category": category.name, "found": count, "outcome": outcome, "stays": stays}
        if step is not None and left.get(category.name):
            fact |= _exclusion(step)
        facts.append(fact)
    return facts


def _exclusion(step: Step) -> dict[str, Any]:
    if step.status != StepStatus.EXCLUDED:
        return {}
    until = (step.receipt or {}).get("until")
    return {"outcome": "kept" if until else "failed", "ground": step.left_out, "until": until}


def _outside(step: Step) -> dict[str, Any]:
    receipt, store = step.receipt or {}, store_named(step.holding)
    fact = {
        "store": step.holding,
        "title": str(store.title) if store else step.holding,
        "outcome": receipt.get("finding"),
        "attested_at": rfc3339.write(step.finished_at) if step.finished_at else None,
        "evidence_sha256": receipt.get("sha256"),
        "backups_until": receipt.get("backups_until"),
    }
    return fact | _exclusion(step)


def _searched(step: Step) -> dict[str, Any]:
    receipt = step.receipt or {}
    fact = {"tables": receipt.get("tables"), "files": receipt.get("files"), "found": 0, "outcome": "clean"}
    if receipt.get("tables") == 0:
        fact |= {"found": None, "outcome": "not_possible"}
    if step.status == StepStatus.EXCLUDED:
        is_clean = step.left_out == ExclusionReason.EVERYDAY_WORD
        fact |= {"found": None, "outcome": "clean" if is_clean else "failed", "ground": step.left_out}
    return fact
