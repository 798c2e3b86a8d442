"""Record that people accepted a version of the policy: by creating an account, by going on, or by saying so."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.personaldata.stream_store import Rows
from accounts.terms.errors import PolicyError
from accounts.terms.events import POLICY_ACCEPTED
from accounts.terms.models import Acceptance, PolicyVersion
from audit.log.actors import Actor
from audit.log.append import append
from core import db
from core.request_id import request_id

How = Acceptance.How


class _Use(NamedTuple):
    at: str
    cause: str


def accept_at_sign_up(user: User, *, now: datetime) -> None:
    """Record that somebody who creates an account accepts the version in force, which the form names."""
    version = PolicyVersion.objects.in_force(now.date())
    if version is not None:
        _accept_here(version, user, How.SIGN_UP, now)


def accept_version(version_id: UUID, *, user: User, now: datetime) -> None:
    """Record that somebody accepts a published version, today's or a coming one; once is enough.

    Raises PolicyVersion.DoesNotExist for a draft, PolicyError for one that is past.
    """
    version = PolicyVersion.objects.published().get(pk=version_id)
    if not PolicyVersion.objects.current(now.date()).filter(pk=version_id).exists():
        raise PolicyError("", _("This version is no longer in force: the newer one is what counts."))
    _accept_here(version, user, How.EXPLICIT, now)


def continue_use(user: User, *, now: datetime) -> PolicyVersion | None:
    """Record the first signed-in request under the version in force; return a version that must be accepted first."""
    version = PolicyVersion.objects.in_force(now.date())
    if version is None:
        return None
    if version.must_accept:
        with db.row_security_for(user.reference):
            accepted = Acceptance.objects.filter(subject=user.reference, version=version).exists()
        return None if accepted else version
    _accept_here(version, user, How.CONTINUED, now)
    return None


def close_band(version_id: UUID, *, user: User, now: datetime) -> bool:
    """Note that somebody has seen that a version counts for them, because they went on; False where it does not."""
    with db.row_security_for(user.reference):
        accepted = Acceptance.objects.filter(subject=user.reference, version=version_id)
        accepted.filter(seen_at=None).update(seen_at=now)
        return accepted.exists()


def continue_by_activity(rows: Rows, rejected: set[tuple[str, str, str]], *, actor: Actor, now: datetime) -> None:
    """Record the first activity of each person that the platform sends under the version in force.

    Call it as ingest, in the transaction that stores the rows; `rejected` are stream, record and subject of those not
    stored. States of things are no activity.
    """
    version = PolicyVersion.objects.in_force(now.date())
    if version is None or version.must_accept:
        return
    since = version.effective_on.isoformat()
    first: dict[str, _Use] = {}
    for name, (stream, stored) in rows.items():
        if stream.take:
            continue
        for record, subject, at, *_rest in stored:
            # Times are as the database writes them in UTC, so texts are in their order.
            is_first = at >= since and (subject not in first or at < first[subject].at)  # type: ignore[operator]
            if is_first and (name, record, subject) not in rejected:
                first[subject] = _Use(at, f"{name}:{record}")  # type: ignore[index, arg-type]
    _accept(version, How.CONTINUED, sorted((who, use.cause) for who, use in first.items()), actor=actor, now=now)


def _accept_here(version: PolicyVersion, user: User, how: Acceptance.How, now: datetime) -> None:
    with db.row_security_for(user.reference):
        causes = [(user.reference, f"request:{request_id.get()}")]
        _accept(version, how, causes, actor=actor_of(user), now=now)


def _accept(
    version: PolicyVersion, how: Acceptance.How, causes: Sequence[tuple[str, str]], *, actor: Actor, now: datetime
) -> None:
    """Record what is new of these people and causes, each with its entry; a closed account goes on with nothing."""
    if not causes:
        return
    new = db.select_rows(
        "INSERT INTO terms_acceptance (id, subject, version_id, how, cause, recorded_at) "
        "SELECT a.id, a.who, %s, %s, a.cause, %s FROM unnest(%s::uuid[], %s::text[], %s::text[]) a (id, who, cause) "
        "JOIN identity_user u ON u.reference = a.who AND u.is_active ORDER BY a.who "
        "ON CONFLICT (subject, version_id) DO NOTHING RETURNING subject, cause",
        [version.pk, how, now, [uuid4() for _cause in causes], [who for who, _cause in causes],
         [cause for _who, cause in causes]],
    )  # fmt: skip
    day = version.effective_on.isoformat()
    for subject, cause in new:
        payload = {"version": str(version.pk), "effective_on": day, "how": how.value, "cause": cause}
        append(POLICY_ACCEPTED, actor=actor, subject=subject, now=now, payload=payload)
