"""Forms of every kind of case."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.identity.models import User
from accounts.identity.selectors import role_holders

from .kinds import CaseKind
from .notes import LONGEST_NOTE
from .questions import LONGEST_ANSWER, LONGEST_QUESTION, SHORTEST_QUESTION


class QueueForm(forms.Form):
    """Filters of a queue, each matched exactly; a subclass adds its own fields, named like those of the model."""

    reference = forms.CharField(label=_("Reference"), required=False, max_length=20)

    def where(self) -> Q:
        """Return the condition of what was chosen. A reference is looked up whatever else was chosen."""
        chosen = {name: value for name, value in self.cleaned_data.items() if value}
        if reference := chosen.get("reference"):
            return Q(reference=reference.strip().upper())
        return Q(**chosen)


class NoteForm(forms.Form):
    """A note on a case."""

    text = forms.CharField(label=_("Note"), widget=forms.Textarea(attrs={"rows": 3}), max_length=LONGEST_NOTE)


class QuestionForm(forms.Form):
    """A question to the person."""

    text = forms.CharField(
        label=_("Question"),
        widget=forms.Textarea(attrs={"rows": 5}),
        min_length=SHORTEST_QUESTION,
        max_length=LONGEST_QUESTION,
        help_text=_("The person reads it word for word, in a letter and on the page of their request."),
    )


class AnswerForm(forms.Form):
    """The person's answer to a question."""

    question = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(label=_("Your answer"), widget=forms.Textarea(attrs={"rows": 5}), max_length=LONGEST_ANSWER)


class AssignForm(forms.Form):
    """Who is to hold a case of this kind."""

    officer = forms.ModelChoiceField(label=_("Officer"), queryset=User.objects.none())

    def __init__(self, kind: CaseKind, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["officer"].queryset = role_holders(*kind.workers)  # type: ignore[attr-defined]
