"""What one person writes and another lets out: versions of the policy, and announcements."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.identity.policies import accounts_of
from accounts.terms.models import Draft
from audit.log.actors import Actor
from audit.log.event_types import EventType
from core import db
from core.refusals import RefusalError

DraftT = TypeVar("DraftT", bound=Draft)


@dataclass(frozen=True)
class Drafts(Generic[DraftT]):
    """One kind of draft, and what is done with it; each refusal is an `error`.

    `facts` are what is written in one, `check(facts, now)` refuses those that break a rule, `record(event, draft,
    actor, now)` writes an entry. `is_out` and `is_own` are the sentences for one that was let out, and for its writer.
    """

    model: type[DraftT]
    facts: tuple[str, ...]
    error: type[RefusalError]
    check: Callable[[Mapping[str, Any], datetime], None]
    record: Callable[[EventType, DraftT, Actor, datetime], None]
    drafted: EventType
    changed: EventType
    discarded: EventType
    is_out: Any
    is_own: Any

    def write(self, *, actor: User, now: datetime, **facts: Any) -> DraftT:
        """Begin a draft."""
        self.check(facts, now)
        with db.atomic():
            draft = self.model._default_manager.create(writers=[actor.reference], written_at=now, **facts)  # noqa: SLF001  public API of models
            self.record(self.drafted, draft, actor_of(actor), now)
        return draft

    def change(self, draft_id: UUID, *, actor: User, now: datetime, **facts: Any) -> DraftT:
        """Change a draft; whoever did so does not let it out."""
        self.check(facts, now)
        with db.atomic():
            draft = self._lock(draft_id)
            for name in self.facts:
                setattr(draft, name, facts[name])
            draft.writers = sorted({*draft.writers, actor.reference})
            draft.written_at = now
            draft.save()
            self.record(self.changed, draft, actor_of(actor), now)
        return draft

    def discard(self, draft_id: UUID, *, actor: User, now: datetime) -> None:
        """Throw a draft away."""
        with db.atomic():
            draft = self._lock(draft_id)
            self.record(self.discarded, draft, actor_of(actor), now)
            draft.delete()

    def lock_to_let_out(self, draft_id: UUID, *, actor: User, read: str) -> DraftT:
        """Return a draft that others wrote, locked, as it was in the state `read`; inside a transaction."""
        draft = self._lock(draft_id)
        if accounts_of(actor, draft.writers) & {*draft.writers}:
            raise self.error("", self.is_own)
        if read != draft.state:
            raise self.error("", _("The draft was changed since you read it. Go back and read it again."))
        return draft

    def _lock(self, draft_id: UUID) -> DraftT:
        draft = self.model._default_manager.select_for_update().get(pk=draft_id)  # noqa: SLF001  public API of models
        if draft.out_at is not None:
            raise self.error("", self.is_out)
        return draft
