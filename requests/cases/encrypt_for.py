"""Encrypt what is written about a case, under the key of the person whom it is about."""

from django.utils.translation import gettext as _

from vault.errors import KeyDestroyedError
from vault.services import encrypt

from .errors import CaseError
from .models import Case


def encrypt_for(case: Case, context: str, text: str) -> bytes:
    """Return the ciphertext; raises CaseError for a person who was erased."""
    try:
        return encrypt(case.subject, context, text.encode())
    except KeyDestroyedError:
        raise CaseError("subject", _("This person was erased: nothing more is written about them.")) from None
