"""A mailbox outside the office: what was mailed cannot be withdrawn."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import ClassVar

from django.conf import settings
from django.core.mail import EmailMessage

from audit.errors import DeliveryError

_TEXT = """\
This is the signed checkpoint of the log {origin} at {size} entries.
Keep it: with it anybody can show later whether entries were changed or taken away since.

{note}"""
_LENGTH = """
The journal of erasures has this signed length. Keep it: it shows later whether lines were taken off the end.

{length}"""


@dataclass(frozen=True)
class Mailbox:
    """AUDIT_CHECKPOINT_MAIL: one mail an hour at most, and only when the log has grown."""

    address: str
    name: ClassVar[str] = "mail"
    every: ClassVar[timedelta] = timedelta(hours=1)
    local: ClassVar[bool] = False
    readable: ClassVar[bool] = False

    def put(self, size: int, note: bytes, now: datetime, length: bytes | None = None) -> None:  # noqa: ARG002  mails are dated by the server
        """Mail the notes."""
        origin = settings.OFFICE_LOG_ORIGIN
        text = _TEXT.format(origin=origin, size=size, note=note.decode())
        if length is not None:
            text += _LENGTH.format(length=length.decode())
        message = EmailMessage(f"Checkpoint of {origin}: {size} entries", text, to=[self.address])
        try:
            message.send()
        except (SMTPException, OSError) as error:
            # The server's answer may name the address.
            raise DeliveryError(f"The mail could not be sent: {type(error).__name__}.") from error

    def latest(self) -> bytes | None:
        """Return None: we cannot read the mailbox."""
        return None

    def latest_length(self) -> bytes | None:
        """Return None: we cannot read the mailbox."""
        return None
