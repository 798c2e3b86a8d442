"""Put right what is wrong about an account: the e-mail address or the user name (GDPR article 16)."""

from datetime import datetime
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.identity.events import EMAIL_CHANGED, PROFILE_CHANGED
from accounts.identity.mailboxes import normal_address
from accounts.identity.models import User
from audit.log.actors import machine
from audit.log.append import append
from core import db

from .record_sign_in import tell_of_postponed_rights


def clean_account_value(field: str, text: str) -> str:
    """Return an address or a user name as an account holds it; raises ValueError with a sentence.

    Whether somebody else has it is not said here: nobody learns by asking who has an account.
    """
    try:
        if field == "email":
            address = normal_address(text)
            validate_email(address)
            return address
        name: str = get_adapter().clean_username(text, shallow=True)
    except ValidationError as error:
        sentence = _("This address cannot be used.") if field == "email" else " ".join(error.messages)
        raise ValueError(sentence) from None
    return name


def correct_account(reference: str, field: str, old: str, new: str, *, entry: UUID, now: datetime) -> str:
    """Replace the old address or user name by the new one, and log it; a new address has to be verified at sign-in.

    The database's function goes by the entry of the step, and by the old value. Returned is "changed" where another one
    is there by now, and where somebody else has the new one: the person learns from neither who has an account.
    Repeated, it changes nothing and returns "".
    """
    with db.atomic():
        db.set_local(subject=reference, entry=str(entry))
        outcome: str = db.select_value("SELECT identity_correct(%s, %s, %s, %s)", [reference, field, old, new])
        if outcome == "done":
            personal = {"old": old, "new": new} if field == "email" else {"old_username": old, "new_username": new}
            event, payload = (EMAIL_CHANGED, {}) if field == "email" else (PROFILE_CHANGED, {"fields": [field]})
            append(event, actor=machine("worker"), subject=reference, now=now, payload=payload, personal=personal)
            if field == "email":
                tell_of_postponed_rights(User.objects.get(reference=reference), now)
    return "" if outcome in {"done", "known"} else "changed"


def tell_old_address(reference: str, field: str, old: str, new: str) -> None:
    """Mail the old address, the one that was proven, that it was replaced, as after any other change of it.

    Call it after the commit, and again until it returns: it raises what the mailer raises.
    """
    if field != "email":
        return
    user = User.objects.get(reference=reference)
    context = {"from_email": old, "to_email": new, "contact": settings.PRIVACY_CONTACT}
    with translation.override(user.language), timezone.override(user.zone):
        subject = render_to_string("identity/email/address_corrected_subject.txt", context).strip()
        body = render_to_string("identity/email/address_corrected_message.txt", context).strip()
    EmailMessage(subject=subject, body=body, to=[old]).send()
