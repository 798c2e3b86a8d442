"""Legal processes as a kind of case, held by counsel."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from accounts.identity.roles import Role
from cases.kinds import CaseEvents, declare_case

from . import events
from .models import LegalProcess, ProcessNote
from .states import TRANSITIONS

#: who reads the texts: those who work on it, decide on reads under it, and review them
TEXT_READERS = frozenset({Role.LEGAL_COUNSEL, Role.APPROVER_LEGAL, Role.PRIVACY_OFFICER})


def _acts(process: LegalProcess) -> Mapping[str, str]:
    """Return the acts of its state; while the person is not told also those of the notice, whatever the state.

    A scope is agreed once a challenge has ended.
    """
    acts = dict(TRANSITIONS[process.state])
    if process.challenge_outcome:
        acts.pop("settle", None)
    elif "settle" in acts:
        del acts["agree"]
    return acts if process.notified_at else {**acts, "notify": process.state, "delay": process.state}


LEGAL = declare_case(
    name="legal",
    model=LegalProcess,
    notes=ProcessNote,
    title=_("Legal processes"),
    url="admin:humanaccess_process",
    readers=TEXT_READERS | {Role.AUDITOR},
    workers=frozenset({Role.LEGAL_COUNSEL}),
    events=CaseEvents(
        shown=events.SHOWN,
        act_refused=events.ACT_REFUSED,
        taken=events.TAKEN,
        released=events.RELEASED,
        assigned=events.ASSIGNED,
        noted=events.NOTED,
    ),
    transitions=TRANSITIONS,
    hidden=("humanaccess.process.shown", "inbox.letter.posted"),
    acts_of=_acts,
)
