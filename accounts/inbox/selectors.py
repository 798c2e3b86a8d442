"""Reading letters."""

from django.db.models import QuerySet

from .models import Letter


def list_letters(reference: str) -> QuerySet[Letter]:
    """Return a subject's letters without their text, newest first; evaluate inside `db.row_security_for`."""
    return Letter.objects.filter(subject=reference).defer("sealed")
