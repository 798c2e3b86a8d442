"""The states of an approval request and of a grant, what was answered, decided and found."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ApprovalState(TextChoices):
    """How far an approval request has come."""

    ASKED = "asked", _("waiting for an answer")
    AGREED = "agreed", _("agreed")
    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("refused")
    CANCELLED = "cancelled", _("withdrawn by the asker")
    EXPIRED = "expired", _("expired without an answer")
    OPENED = "opened", _("opened without a decision")


class Answer(StrEnum):
    """What the user answered for one item; `none` where the user does not decide, or has not yet."""

    NONE = "none"
    AGREED = "agreed"
    REFUSED = "refused"


class Verdict(TextChoices):
    """What one person decided: a user agrees or refuses, a second person approves or declines."""

    AGREED = "agreed", _("agreed")
    REFUSED = "refused", _("refused")
    APPROVED = "approved", _("approved")
    DECLINED = "declined", _("declined")


class EndReason(TextChoices):
    """Why a grant ended."""

    EXPIRED = "expired", _("its time was over")
    USER = "user", _("ended by the user")
    STAFF = "staff", _("ended by staff")
    EVENT = "event", _("ended because something else ended")
    CLOSED = "closed", _("closed by the reader")


class Finding(TextChoices):
    """What a review found."""

    IN_ORDER = "in_order", _("in order")
    CONCERN = "concern", _("a concern")


class SampleKind(StrEnum):
    """What may be drawn to be reviewed: an access to one person's data, or a run of an aggregate query."""

    ACCESS = "access"
    RUN = "run"


class FollowUpKind(TextChoices):
    """What is to follow from a concern."""

    TALK = "talk", _("talk to the reader")
    END_ROLE = "end_role", _("end the reader's role")
    REPORT = "report", _("report it as an incident")
    TELL_USER = "tell_user", _("tell the user")
    OTHER = "other", _("something else")
