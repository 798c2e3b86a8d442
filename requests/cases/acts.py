"""The acts that every kind of case shares whose cases are held by one member of staff at a time."""

from collections.abc import Callable
from functools import partial

from django.utils.translation import gettext_lazy

from core.actions import Action

from . import services
from .forms import AssignForm, NoteForm, QuestionForm
from .kinds import ASK, RESUME, CaseKind
from .notes import add_note
from .questions import go_on_unanswered, send_question


def assigned_acts(kind: CaseKind) -> dict[str, Action]:
    """Return the acts that every kind shares whose cases are held."""
    return {
        "take": Action(
            gettext_lazy("Take this case"),
            gettext_lazy("You become the officer who holds it. If a colleague holds it, you take it over from them."),
            gettext_lazy("You hold %(reference)s now."),
            partial(services.take_case, kind),
            button=gettext_lazy("Take"),
            at_once=True,
            undo="release",
        ),
        "release": Action(
            gettext_lazy("Put this case back"),
            gettext_lazy("It returns to the queue, for any officer to take."),
            gettext_lazy("%(reference)s is back in the queue."),
            partial(services.release_case, kind),
            button=gettext_lazy("Put back"),
            at_once=True,
            undo="take",
        ),
        "assign": Action(
            gettext_lazy("Assign this case"),
            gettext_lazy("The officer you choose holds it from now on."),
            gettext_lazy("%(reference)s is assigned."),
            partial(services.assign_case, kind),
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
            partial(add_note, kind),
            form=NoteForm,
        ),
    }


def question_acts(
    kind: CaseKind,
    letter: Callable[..., tuple[str, str, str] | None],
    ask: Callable[..., object] | None = None,
    go_on: Callable[..., object] | None = None,
) -> dict[str, Action]:
    """Return the acts of a kind whose cases may wait for an answer; by services of its own where more happens."""
    return {
        ASK: Action(
            gettext_lazy("Ask the person a question"),
            gettext_lazy("They are written to, and the work waits until they answer or you go on without an answer."),
            gettext_lazy("The question is sent. %(reference)s waits for the answer."),
            ask or partial(send_question, kind),
            form=QuestionForm,
            button=gettext_lazy("Ask the person"),
            letter=letter,
        ),
        RESUME: Action(
            gettext_lazy("Go on without an answer"),
            gettext_lazy("The question is closed: the person can no longer answer it here."),
            gettext_lazy("%(reference)s goes on without an answer."),
            go_on or partial(go_on_unanswered, kind),
        ),
    }
