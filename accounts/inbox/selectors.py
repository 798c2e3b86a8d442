"""Read letters, never what they say."""

from .models import Letter


def list_letters_of_case(subject: str, case: str) -> list[Letter]:
    """Return the letters about a case to its subject, newest first, without their texts."""
    return list(Letter.objects.filter(subject=subject, case_ref=case).defer("sealed"))
