"""The roles of staff: jobs, and the right to approve on a ground."""

from collections.abc import Iterable

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """A job of the staff, or a right; DESIGN §1 says what each does."""

    SUPPORT = "support", _("Support agent")
    PRIVACY_OFFICER = "privacy_officer", _("Privacy officer")
    SECURITY_ENGINEER = "security_engineer", _("Security engineer")
    LEGAL_COUNSEL = "legal_counsel", _("Legal counsel")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")
    APPROVER_SECURITY = "approver_security", _("Approver on the security ground")
    APPROVER_LEGAL = "approver_legal", _("Approver on the legal ground")


#: roles by which one person could act as two: they decide for others, or make those who do
WEIGHTY = frozenset({Role.ADMINISTRATOR, Role.APPROVER_SECURITY, Role.APPROVER_LEGAL})


def role_names(roles: Iterable[str]) -> list[str]:
    """Return the labels of these roles, in the order above."""
    wanted = set(roles)
    return [str(role.label) for role in Role if role in wanted]
