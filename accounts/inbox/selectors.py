"""Reading letters."""

from django.db.models import QuerySet

from .models import Letter


def list_letters(reference: str) -> QuerySet[Letter]:
    """Return a subject's letters without their text, newest first; evaluate inside `sides.as_subject`."""
    return Letter.objects.filter(subject=reference).defer("sealed")


def count_unread(reference: str) -> int:
    """Return how many letters the subject has not opened."""
    return Letter.objects.filter(subject=reference, read_at__isnull=True).count()
