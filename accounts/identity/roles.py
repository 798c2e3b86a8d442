"""The roles of staff: jobs, and the right to approve on a ground. Plain Python."""

from enum import StrEnum


class Role(StrEnum):
    """A job of the staff, or a right; DESIGN §1 says what each does."""

    SUPPORT = "support"
    PRIVACY_OFFICER = "privacy_officer"
    SECURITY_ENGINEER = "security_engineer"
    LEGAL_COUNSEL = "legal_counsel"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    APPROVER_SECURITY = "approver_security"
    APPROVER_LEGAL = "approver_legal"


#: roles by which one person could act as two: they decide for others, or make those who do
WEIGHTY = frozenset({Role.ADMINISTRATOR, Role.APPROVER_SECURITY, Role.APPROVER_LEGAL})
