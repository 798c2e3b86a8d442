"""Labels of the roles."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from .roles import Role

ROLE_LABELS = {
    Role.SUPPORT: _("Support agent"),
    Role.PRIVACY_OFFICER: _("Privacy officer"),
    Role.SECURITY_ENGINEER: _("Security engineer"),
    Role.LEGAL_COUNSEL: _("Legal counsel"),
    Role.AUDITOR: _("Auditor"),
    Role.ADMINISTRATOR: _("Administrator"),
    Role.APPROVER_SECURITY: _("Approver on the security ground"),
    Role.APPROVER_LEGAL: _("Approver on the legal ground"),
}


def role_names(roles: Iterable[str]) -> list[str]:
    """Return the labels of these roles, in the order above."""
    held = set(roles)
    return [str(words) for role, words in ROLE_LABELS.items() if role in held]
