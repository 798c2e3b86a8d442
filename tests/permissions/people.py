"""Everybody who may request an address, in the order of the table's columns."""

from dataclasses import dataclass

from django.test import Client

from accounts.identity.models import User
from accounts.identity.roles import Role
from tests.signin import sign_in

#: column → the roles that this person holds; empty for people who are no staff
STAFF: dict[str, tuple[Role, ...]] = {
    "support": (Role.SUPPORT,),
    "privacy officer": (Role.PRIVACY_OFFICER,),
    "security engineer": (Role.SECURITY_ENGINEER,),
    "legal counsel": (Role.LEGAL_COUNSEL,),
    "approver": (Role.APPROVER_SECURITY, Role.APPROVER_LEGAL),
    "auditor": (Role.AUDITOR,),
    "administrator, no second factor used": (Role.ADMINISTRATOR,),
    "administrator": (Role.ADMINISTRATOR,),
    "superuser": (),
}
COLUMNS = ("anonymous", "user", "other user", *STAFF)
NAMES = {
    "user": "layla",
    "other user": "tariq",
    "support": "sam",
    "privacy officer": "priya",
    "security engineer": "erin",
    "legal counsel": "lucas",
    "approver": "ada",
    "auditor": "aya",
    "administrator, no second factor used": "adam",
    "administrator": "adam",
    "superuser": "root-of-all",
}
#: those who work on the samples, so they are there whoever visits
ALWAYS = ("user", "support", "privacy officer", "security engineer")
PASSWORD = "canary-pass-phrase-7Qx"


@dataclass
class Visitor:
    """Somebody who requests addresses: the column, the account, and a browser that is signed in."""

    column: str
    user: User | None
    client: Client

    @classmethod
    def arriving(cls, column: str, user: User | None) -> "Visitor":
        visitor = cls(column, user, Client(raise_request_exception=False))
        visitor.enter()
        return visitor

    def enter(self) -> None:
        """Sign in, with a second factor where the column says so, and a step-up just passed."""
        if self.user is not None:
            used = self.user.is_staff and self.column != "administrator, no second factor used"
            sign_in(self.client, self.user, mfa=used, fresh=True)

    def come_back(self) -> None:
        """Sign in again if the last request ended the session."""
        if self.user is not None and "_auth_user_id" not in self.client.session:
            self.client.cookies.clear()
            self.enter()
