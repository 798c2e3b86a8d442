"""The acts that every kind of case shares whose cases are held by one member of staff at a time."""

from collections.abc import Callable
from functools import partial

from django.utils.translation import gettext_lazy

from core.actions import Action

from . import services
from .forms import AssignForm, NoteForm
from .kinds import CaseKind
from .models import CaseNote


def assigned_acts(kind: CaseKind, notes: type[CaseNote]) -> dict[str, Action]:
    """Return the acts that every kind shares whose cases are held."""

    def bind(service: Callable[..., object]) -> Callable[..., object]:
        return lambda reference, **facts: service(kind, reference, **facts)

    return {
        "take": Action(
            gettext_lazy("Take this case"),
            gettext_lazy("You become the officer who holds it. If a colleague holds it, you take it over from them."),
            gettext_lazy("You hold %(reference)s now."),
            bind(services.take_case),
            button=gettext_lazy("Take"),
            at_once=True,
            undo="release",
        ),
        "release": Action(
            gettext_lazy("Put this case back"),
            gettext_lazy("It returns to the queue, for any officer to take."),
            gettext_lazy("%(reference)s is back in the queue."),
            bind(services.release_case),
            button=gettext_lazy("Put back"),
            at_once=True,
            undo="take",
        ),
        "assign": Action(
            gettext_lazy("Assign this case"),
            gettext_lazy("The officer you choose holds it from now on."),
            gettext_lazy("%(reference)s is assigned."),
            bind(services.assign_case),
            form=partial(AssignForm, kind),
            button=gettext_lazy("Assign"),
            at_once=True,
            undo="release",
        ),
        "note": Action(
            gettext_lazy("Add a note"),
            gettext_lazy(
                "Notes are encrypted under the person's key, and part of what they get when they ask for their data."
            ),
            gettext_lazy("The note was added to %(reference)s."),
            lambda reference, **facts: services.add_note(kind, notes, reference, **facts),
            form=NoteForm,
        ),
    }
