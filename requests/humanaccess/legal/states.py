"""The states of a legal process and the acts between them; the codes of its kinds, outcomes, delays and texts."""

from collections.abc import Mapping
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from cases.kinds import TAKE


class ProcessKind(TextChoices):
    """What an authority served."""

    COURT_ORDER = "court_order", _("court order")
    SEARCH_WARRANT = "search_warrant", _("search warrant")
    SUBPOENA = "subpoena", _("subpoena")
    PRESERVATION = "preservation", _("preservation request")
    EMERGENCY = "emergency", _("emergency disclosure request")


class ProcessState(TextChoices):
    """How far a legal process has come."""

    RECEIVED = "received", _("received")
    CHALLENGED = "challenged", _("challenged")
    SCOPE_AGREED = "scope_agreed", _("scope agreed")
    PRODUCED = "produced", _("data handed over")
    CLOSED = "closed", _("closed")
    REJECTED = "rejected", _("rejected")


class ChallengeOutcome(TextChoices):
    """How a challenge ended."""

    NARROWED = "narrowed", _("upheld, with a narrower scope")
    WITHDRAWN = "withdrawn", _("withdrawn by the authority")
    REJECTED = "rejected", _("rejected: the process stands")


class DelayGround(TextChoices):
    """Why the person is told later."""

    ORDER = "order", _("an order forbids to tell them yet")
    RISK = "risk", _("a risk to somebody's life or safety")


class Part(StrEnum):
    """What a text of a process is; a note of staff has none."""

    AUTHORITY = "authority"
    NUMBER = "number"
    CHALLENGE = "challenge"
    SCOPE = "scope"
    DELAY = "delay"
    PRODUCTION = "production"
    RECIPIENT = "recipient"
    REJECTION = "rejection"


#: the texts that the person reads once they are told
TOLD = (Part.AUTHORITY, Part.NUMBER, Part.SCOPE, Part.PRODUCTION, Part.RECIPIENT)
OPEN = frozenset({ProcessState.RECEIVED, ProcessState.CHALLENGED, ProcessState.SCOPE_AGREED, ProcessState.PRODUCED})
#: the states in which data of the person may be read for it
READABLE = (ProcessState.SCOPE_AGREED, ProcessState.PRODUCED)


def _open(state: ProcessState, **acts: ProcessState) -> dict[str, str]:
    return {**dict.fromkeys((TAKE, "release", "assign", "note"), state), **acts}


_REJECT = {"reject": ProcessState.REJECTED}
TRANSITIONS: Mapping[str, Mapping[str, str]] = {
    ProcessState.RECEIVED: _open(
        ProcessState.RECEIVED, challenge=ProcessState.CHALLENGED, agree=ProcessState.SCOPE_AGREED, **_REJECT
    ),
    ProcessState.CHALLENGED: _open(
        ProcessState.CHALLENGED, settle=ProcessState.CHALLENGED, agree=ProcessState.SCOPE_AGREED, **_REJECT
    ),
    ProcessState.SCOPE_AGREED: _open(
        ProcessState.SCOPE_AGREED, produce=ProcessState.PRODUCED, close=ProcessState.CLOSED
    ),
    ProcessState.PRODUCED: _open(ProcessState.PRODUCED, close=ProcessState.CLOSED),
    ProcessState.CLOSED: {},
    ProcessState.REJECTED: {},
}
