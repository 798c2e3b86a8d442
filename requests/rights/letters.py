"""The letters about rights requests."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.inbox.kinds import LetterKind, declare_letter
from accounts.inbox.services import render_letter, write_letter

from .models import RightsRequest


def _page_of(case: str) -> str:
    return reverse("rights:request", args=[case])


def _kind(name: str) -> LetterKind:
    return declare_letter(
        f"rights.{name}", f"letters/rights_{name}_subject.txt", f"letters/rights_{name}.txt", _page_of
    )


RECEIVED = _kind("received")
READY = _kind("ready")
REFUSED = _kind("refused")
WITHDRAWN = _kind("withdrawn")
QUESTION = _kind("question")
UNANSWERED = _kind("unanswered")
CORRECTED = _kind("corrected")
GRACE = _kind("grace")
#: its reader can no longer sign in
BEGUN = declare_letter("rights.begun", "letters/rights_begun_subject.txt", "letters/rights_begun.txt")
GRANTED = _kind("granted")
LIFTED = _kind("lifted")
CERTIFICATE = _kind("certificate")


def write(kind: LetterKind, request: RightsRequest, *, now: datetime, **context: Any) -> None:
    """Write a letter to the person who made the request, unless their account is gone or they were erased."""
    if request.user is not None and request.user.reference == request.subject:
        context["request"] = request
        write_letter(request.user, kind=kind.name, context=context, now=now, case=request.reference)


def preview(kind: LetterKind, request: RightsRequest, *, now: datetime, **context: Any) -> tuple[str, str, str] | None:
    """Return subject line, text and language of a letter as the person will get it; None once their account is gone."""
    if request.user is None or request.user.reference != request.subject:
        return None
    context["request"] = request
    return *render_letter(request.user, kind.name, context, now=now, case=request.reference), request.user.language
