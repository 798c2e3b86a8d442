"""What users are told about looks at their data; each letter stands in the inbox and is mailed."""

from datetime import datetime

from django.utils.functional import lazy

from accounts.identity.models import User
from accounts.inbox.kinds import LetterKind, register
from accounts.inbox.services import write_letter

from . import selectors
from .grounds import Ground
from .models import END_TITLES, GROUND_TITLES, Ask, Grant
from .states import EndReason
from .texts import say_duration

#: said when the letter is rendered, in the language of whom it is written to
_say_duration = lazy(say_duration, str)

ASKED, LOOKED, ENDED = (
    register(
        LetterKind(
            f"humanaccess.{name}", f"letters/humanaccess/{name}_subject.txt", f"letters/humanaccess/{name}_body.txt"
        )
    )
    for name in ("asked", "looked", "ended")
)


def _reader(reference: str) -> str:
    return selectors.get_names([reference]).get(reference, "")


def write_asked(ask: Ask, subject: User, now: datetime) -> None:
    """Tell the user that an ask waits for their answer; an ask that is not theirs to answer is not announced."""
    if ask.ground == Ground.AGREEMENT:
        context = {"asker": _reader(ask.asker), "count": ask.items.count(), "expires_at": ask.expires_at}
        write_letter(subject, kind=ASKED.name, context=context, now=now, case=ask.reference)


def write_looked(grant: Grant, subject: User | None, now: datetime) -> None:
    """Tell the user of the first look under a grant that they had not agreed to themselves."""
    if subject is None or grant.ask.ground == Ground.AGREEMENT:
        return
    if selectors.list_reads(grant.ask.reference).count() == 1:
        context = {
            "reader": _reader(grant.reader),
            "ends_at": grant.ends_at,
            "ground": GROUND_TITLES[Ground(grant.ask.ground)],
        }
        write_letter(subject, kind=LOOKED.name, context=context, now=now, case=grant.ask.reference)


def write_ended(grant: Grant, subject: User | None, now: datetime) -> None:
    """Tell the user that access has ended and how often it was used; access that they never heard of is left out."""
    reads = selectors.list_reads(grant.ask.reference).count()
    if subject is None or (grant.ask.ground != Ground.AGREEMENT and not reads):
        return
    ended = Grant.objects.get(pk=grant.pk)
    context = {
        "reader": _reader(grant.reader),
        "reads": reads,
        "window": _say_duration((ended.end_of(now) or now) - ended.starts_at),
        "why": END_TITLES[EndReason(ended.ended_reason)],
    }
    write_letter(subject, kind=ENDED.name, context=context, now=now, case=grant.ask.reference)
