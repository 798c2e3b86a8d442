"""Template contexts of a request: its row in the queue, deadline, steps and progress."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from babel import Locale
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import get_language, get_language_bidi, gettext as _, gettext_lazy, ngettext

from accounts.identity.models import User
from accounts.personaldata.categories import category_title, data_categories
from accounts.workloads.models import PlatformOrder
from audit.tree.proof_download import key_options
from cases.presenters import CaseRow

from . import services
from .deadlines.calculate import standing
from .deadlines.explanations import EXPLANATIONS
from .deadlines.holiday_names import MOVED, NAMES, OBSERVED, PARTS, parts_of
from .external_stores import store_named
from .kind import RIGHTS
from .mentions import mention_labels, mentions_in
from .models import Certificate, LegalHold, ProcessingMark, RightsRequest, Step
from .policies import scope_title
from .selectors import list_steps, list_subjects_on_hold, stuck_request_ids
from .states import OUTSIDE, SETTLED, Attestation, ExclusionReason, Kind, RequestState, StepStatus, Verb
from .waiting import next_act

STATE_TONES: Mapping[str, str] = {
    RequestState.RECEIVED: "accent",
    RequestState.VERIFYING: "info",
    RequestState.IN_PROGRESS: "info",
    RequestState.AWAITING_USER: "warning",
    RequestState.REVIEW: "accent",
    RequestState.COMPLETING: "info",
    RequestState.FULFILLED: "success",
    RequestState.REFUSED: "danger",
    RequestState.WITHDRAWN: "",
}
_STEP_TONES: Mapping[str, str] = {
    StepStatus.RUNNING: "info",
    StepStatus.DONE: "success",
    StepStatus.FAILED: "warning",
    StepStatus.NEEDS_ATTENTION: "danger",
    StepStatus.EXCLUDED: "warning",
}


def explanation_text(code: str, params: Mapping[str, str | int]) -> str:
    """Return one explanation of a deadline in the reader's language, its dates written out."""
    template = EXPLANATIONS[code]
    text = ngettext(*template, int(params["count"])) if isinstance(template, tuple) else _(template)
    return text.format_map({name: _parameter(name, value) for name, value in params.items()})


def _parameter(name: str, value: str | int) -> str:
    if name.endswith("_on"):
        return _day(date.fromisoformat(str(value)))
    if name == "name":
        return _("; ").join(_holiday_name(part) for part in parts_of(str(value)))
    if name == "place":
        return _country_name(str(value))
    return _isolated(value) if isinstance(value, str) else str(value)


def _day(day: date) -> str:
    return str(formats.date_format(day, "l j F Y"))


def _isolated(text: str) -> str:
    """Isolate a text of another language within a sentence that is read from the right."""
    return f"\u2068{text}\u2069" if get_language_bidi() else text


def _holiday_name(name: str) -> str:
    if moved := MOVED.fullmatch(name):
        day = date(int(moved["year"]), int(moved["month"]), int(moved["day"]))
        return _("day off, moved from {day}").format(day=_day(day))
    plain = name.removesuffix(OBSERVED)
    title = _(plain) if plain in NAMES else _isolated(plain)
    return title if plain == name else _("{holiday}, observed on another day").format(holiday=title)


def _country_name(code: str) -> str:
    """Return the name of a country or of a part of one; of an unknown part, the country's name and the code."""
    if code in PARTS:
        return _(PARTS[code])
    nation, _dash, part = code.partition("-")
    name = Locale.parse(get_language() or "en").territories.get(nation, nation)
    return f"{name} ({_isolated(part)})" if part else name


def deadline_of(request: RightsRequest, now: datetime) -> dict[str, Any]:
    """Return the context of `office/_deadline.html`; days count in the zone of the request's regime."""
    meter = meter_of(request, now)
    total = (request.due_on - date.fromisoformat(request.derivation["received_on"])).days
    return {
        **meter,
        "days_used": max(total - meter["days_left"], 0),
        "days_total": total,
        "derivation": [explanation_text(one["code"], one["params"]) for one in request.derivation["sentences"]],
    }


def meter_of(request: RightsRequest, now: datetime) -> dict[str, Any]:
    """Return the short deadline that a list shows. An answer given late stays overdue for everyone to see."""
    left = request.days_left(now)
    answered = request.state in {RequestState.FULFILLED, RequestState.REFUSED}
    return {
        "due_on": request.due_on,
        "days_left": left,
        "state": standing(left).value,
        "unacknowledged": request.is_unacknowledged(now),
        "done": answered and not request.was_late(),
        "closed": not request.is_open,
        "paused_on": request.paused_on if request.is_open else None,
    }


#: parts of a statement with outcomes
_PARTS = ("inside", "outside", "searched")


def certificate_context(certificate: Certificate) -> dict[str, Any]:
    """Return what the page of a certificate shows, in the reader's language where the office still has the words."""
    said = orjson.loads(certificate.statement)
    declared = {category.name: category for category in data_categories()}
    for each in said["inside"]:
        category = declared.get(each["category"])
        each["title"] = category.title if category else each["category"]
        each["label"], each["tone"] = _outcome_label(each)
        # In the reader's language, as long as as much stays as was said.
        if category and len(category.stays) == len(each["stays"]):
            each["stays"] = category.stays
    for each in said["searched"]:
        _outcome_label(each)
    for each in said["outside"]:
        store = store_named(each["store"])
        each["title"], each["what"] = (store.title, store.what) if store else (each["title"], "")
        each["label"], each["tone"] = _outcome_label(each)
    moments = ("received_at", "started_at", "erased_at", "issued_at")
    return {
        "said": said,
        **{name: datetime.fromisoformat(said[name]) for name in moments},
        "backups_until": date.fromisoformat(said["backups_until"]),
        "stays": [(each["title"], rest) for each in said["inside"] for rest in each["stays"]],
        "failed": any(each["outcome"] == "failed" for name in _PARTS for each in said[name]),
        "tried_again": any(each["outcome"] == "failed" for each in said["inside"]),
        "keys": key_options(),
        "sha256": sha256(certificate.statement.encode()).hexdigest(),
    }


_OUTCOMES: Mapping[str, tuple[Any, str]] = {
    "erased": (gettext_lazy("erased"), "success"),
    "nothing_held": (gettext_lazy("nothing was held"), "success"),
    "kept": (gettext_lazy("kept"), "warning"),
    "failed": (gettext_lazy("not erased"), "danger"),
    "erased_but_stays": (gettext_lazy("erased but for what stays"), "success"),
    "clean": (gettext_lazy("nothing found"), "success"),
    "not_possible": (gettext_lazy("not searched"), "warning"),
}


def _outcome_label(fact: dict[str, Any]) -> tuple[str, str]:
    label, tone = _OUTCOMES[fact["outcome"]]
    if "ground" in fact:
        fact["reason"] = ExclusionReason(fact["ground"]).label
        fact["until_on"] = date.fromisoformat(fact["until"]) if fact.get("until") else None
    if fact.get("backups_until"):
        fact["backups_on"] = date.fromisoformat(fact["backups_until"])
    return str(label), tone


def mark_rows(marks: Iterable[ProcessingMark]) -> list[dict[str, Any]]:
    """Return what the list of marks in force shows, with the mark itself for buttons."""
    return [{"mark": mark, "title": category_title(mark.category) or mark.category} for mark in marks]


def step_rows(steps: Iterable[Step], holds: Sequence[LegalHold] = ()) -> list[dict[str, Any]]:
    """Return the rows of `office/_steps.html`, with the step itself for buttons; `holds` are those in force."""
    return [
        {
            "step": step,
            "label": _step_label(step),
            "state_label": step.get_status_display(),
            "tone": _STEP_TONES.get(step.status, ""),
            "error": _ERRORS.get(step.last_error, step.last_error),
            "note": _step_note(step) or _hold_note(step, holds),
            "mentions": _(", ").join(mention_labels(mentions_in(step))),
        }
        for step in steps
    ]


#: what went wrong, by the name of the error, where an officer can do something about it
_ERRORS: Mapping[str, Any] = {
    "SMTPRecipientsRefused": gettext_lazy("the mail server refuses the address"),
    "SMTPServerDisconnected": gettext_lazy("the mail server does not answer"),
    "ConnectionRefusedError": gettext_lazy("a server does not answer"),
    "ErasureIncompleteError": gettext_lazy("something is left"),
    "ProviderError:not_corrected": gettext_lazy("the platform has not sent the corrected record"),
}
_LAST_LABELS: Mapping[str, Any] = {
    Verb.ASSEMBLE: gettext_lazy("The package"),
    Verb.SEARCH: gettext_lazy("Search for what names the person"),
    Verb.TELL: gettext_lazy("Mail with the link to the certificate"),
    Verb.CRYPTO_SHRED: gettext_lazy("Key, account and whatever goes last"),
    Verb.CERTIFY: gettext_lazy("The certificate"),
}


def _step_label(step: Step) -> str:
    if step.verb in OUTSIDE:
        store = store_named(step.holding)
        return str(store.title) if store else step.holding
    return str(_LAST_LABELS.get(step.verb) or category_title(step.holding) or step.holding)


def _erasure_note(step: Step) -> str:
    """Return what the receipt of a step of a deletion or a correction says."""
    receipt = step.receipt or {}
    if step.verb in OUTSIDE:
        label = str(Attestation(receipt["finding"]).label)
        return _("%(what)s, by the platform's receipt") % {"what": label} if "order" in receipt else label
    if step.verb == Verb.SEARCH:
        facts = {"tables": receipt["tables"], "files": receipt["files"]}
        return _("nothing found in %(tables)s tables and %(files)s names of files") % facts
    if step.verb == Verb.CORRECT:
        return ngettext("%(count)s field corrected", "%(count)s fields corrected", receipt["count"]) % receipt
    if step.verb in {Verb.ERASE, Verb.CRYPTO_SHRED}:
        return ngettext("%(count)s record erased", "%(count)s records erased", receipt["count"]) % {
            "count": formats.number_format(receipt["count"], force_grouping=True)
        }
    return ""


def sign_off_points(request: RightsRequest, _actor: User) -> list[str]:
    """Return what whoever signs a deletion off confirms of what was done by hand, or left out."""
    steps = [step for step in list_steps(request) if step.verb in OUTSIDE or step.status == StepStatus.EXCLUDED]
    return [f"{_step_label(step)}: {_backups_note(step) or _step_note(step)}" for step in steps]


def mention_points(steps: Iterable[Step], *, told: bool = False) -> list[str]:
    """Return, for each data category, what machines found of other people; as `told` to the person, without names."""
    found = [(_step_label(step), mention_labels(mentions_in(step, told=told))) for step in steps]
    return [f"{label}: {_(', ').join(words)}" for label, words in found if words]


def _backups_note(step: Step) -> str:
    """Return what was attested of a place outside, with the day on which its backups expire."""
    until = (step.receipt or {}).get("backups_until")
    if step.status != StepStatus.DONE or not until:
        return ""
    day = formats.date_format(date.fromisoformat(until))
    return _("%(what)s; backups there expire on %(day)s") % {"what": _step_note(step), "day": day}


def pseudonym_points(step: Step, actor: User) -> list[str]:
    """Return under which name somebody is erased by hand, for whoever does so; it is logged that they see it."""
    found = services.show_pseudonym(step, actor=actor, now=timezone.now())
    return [] if found is None else [_("The person's pseudonym there: %(name)s") % {"name": _isolated(found or "—")}]


def order_note(order: PlatformOrder) -> str:
    """Return since when a step waits for the platform."""
    since = formats.date_format(timezone.localtime(order.created_at), "DATETIME_FORMAT")
    if order.fetched_at is None:
        return _("Waits for the platform since %(since)s; it has not fetched the order") % {"since": since}
    return _("Waits for the platform since %(since)s; it has fetched the order") % {"since": since}


def _waiting_note(step: Step) -> str:
    waits = step.verb == Verb.CORRECT and step.status == StepStatus.WAITING and step.attempts > 0
    return _("until the platform has sent the corrected record") if waits else ""


def _step_note(step: Step) -> str:
    if step.status == StepStatus.EXCLUDED:
        until = (step.receipt or {}).get("until")
        day = _(", until %(day)s") % {"day": formats.date_format(date.fromisoformat(until))} if until else ""
        return f"{step.get_left_out_display()}{day}"
    if step.verb not in {Verb.EXPORT, Verb.ASSEMBLE}:
        return _erasure_note(step) if step.status == StepStatus.DONE else _waiting_note(step)
    if step.receipt is not None:
        size = filesizeformat(step.receipt["bytes"])
        if step.verb == Verb.ASSEMBLE:
            return _("%(count)s files, %(size)s") % {"count": step.receipt["count"], "size": size}
        return ngettext("%(count)s record, %(size)s", "%(count)s records, %(size)s", step.receipt["count"]) % {
            "count": formats.number_format(step.receipt["count"], force_grouping=True),
            "size": size,
        }
    if step.status == StepStatus.RUNNING and step.verb == Verb.EXPORT and step.expected:
        return _("%(done)s of %(all)s records") % {"done": step.progress, "all": step.expected}
    return ""


def _hold_note(step: Step, holds: Sequence[LegalHold]) -> str:
    """Return which hold a step waits for, and until when; of several the one that ends last."""
    found = [hold for hold in holds if step.status not in SETTLED and hold.stops(step)]
    if not found:
        return ""
    last = max(found, key=lambda hold: hold.ends_on)
    facts = {"scope": scope_title(last.category), "day": formats.date_format(last.ends_on)}
    return _("waits for the legal hold on %(scope)s, until %(day)s") % facts


def progress_of(steps: Sequence[Step]) -> dict[str, Any]:
    """Return the context of `office/_progress.html` for the whole work."""
    done = sum(step.status in SETTLED for step in steps)
    stuck = any(step.status == StepStatus.NEEDS_ATTENTION for step in steps)
    return {
        "value": done,
        "max": len(steps),
        "label": _("Steps done"),
        "tone": "danger" if stuck else "success" if steps and done == len(steps) else "",
        "detail": _("A step needs an officer's attention.") if stuck else "",
    }


def request_rows(requests: Sequence[RightsRequest], officer: User | None, now: datetime) -> list[CaseRow]:
    """Return the rows of the queue; `officer` is who may act on them, if anybody."""
    stuck = stuck_request_ids(requests)
    is_asked = any(request.kind == Kind.DELETION and request.is_open for request in requests)
    held = list_subjects_on_hold("", now) if officer and is_asked else set()
    return [_request_row(request, officer, stuck, held, now) for request in requests]


def _request_row(
    request: RightsRequest, officer: User | None, stuck: Iterable[UUID], held: Collection[str], now: datetime
) -> CaseRow:
    meter = meter_of(request, now)
    flags = []
    if meter["unacknowledged"]:
        flags.append((_("not acknowledged in time"), "danger"))
    if request.pk in stuck:
        flags.append((_("a step waits for an officer"), "danger"))
    left, tone = "—", ""
    if meter["paused_on"]:
        left = _("rests")
    elif not meter["closed"]:
        days = meter["days_left"]
        left = _("overdue") if days < 0 else ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
        tone = {"overdue": "danger", "due_soon": "warning"}.get(meter["state"], "")
    return CaseRow(
        case=request,
        url=reverse(RIGHTS.url, args=[request.reference]),
        what=request.get_kind_display(),
        who=request.user.username if officer and request.user else "",
        state=request.get_state_display(),
        tone=STATE_TONES[request.state],
        left=left,
        left_tone=tone,
        holder=request.assignee.username if request.assignee else "",
        flags=flags,
        act=next_act(request, officer, stuck, held, now) if officer else None,
    )
