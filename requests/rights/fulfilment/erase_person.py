"""The steps of a deletion: erase a data category, search for what names the person, destroy the key and the rest."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.core.files.storage import Storage, default_storage
from django.db.models import QuerySet

from accounts.identity.models import User
from accounts.personaldata.categories import DataCategory, category_named, data_categories
from accounts.personaldata.erase import erase_categories
from audit.erasure.crypto_shred import crypto_shred_subject
from audit.errors import ErasureIncompleteError
from audit.log.actors import machine
from audit.log.labels import ErasureGround
from core import db
from rights.errors import MentionedError, UserNameFoundError
from rights.models import Step
from rights.selectors import kept_steps
from rights.states import StepStatus, Verb

from .steps import Attempt, StepResult

#: how long erasing may take without a heartbeat: a worker that dies meanwhile keeps its step for so long
LONGEST = timedelta(minutes=30)
#: pages of a table that one statement searches
PAGES = 5_000
_MENTIONS = "SELECT by_address, by_name FROM rights_mentions(%s, %s, %s, %s, %s)"
_TABLES = """
SELECT c.relname, pg_relation_size(c.oid) / current_setting('block_size')::int
FROM pg_class c
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname <> ALL (%s)
ORDER BY c.relname
"""


def _found(attempt: Attempt, count: Callable[[str], Any]) -> Any:
    """Return what there was before, counted once: an attempt that was killed may have erased a part of it."""
    step = attempt.step
    found = (step.receipt or {}).get("found")
    if found is None:
        with db.authorised_by(step.subject, attempt.entry):
            found = count(step.subject)
        attempt.lease.hold(receipt={"found": found})
    return found


def erase_category(attempt: Attempt) -> StepResult:
    """Erase one data category and read it again; the receipt says how many records there were before.

    Raises ErasureIncompleteError where something is left.
    """
    step = attempt.step
    category = category_named(step.holding)
    found = _found(attempt, category.count)
    attempt.lease.hold(expected=found, longer=LONGEST)
    category.erase(step.subject)
    if category.recheck(step.subject):
        raise ErasureIncompleteError([category.name])
    return StepResult(found, facts={"found": found})


def erase_all_but_kept(reference: str, *, now: datetime) -> None:
    """Erase every data category of an erased person save those that are kept; the log's listener of erasures.

    It is repeated each night, so what is kept goes once its time has come. Raises ErasureIncompleteError.
    """
    kept = kept_steps(now.date()).filter(subject=reference)
    erase_categories(reference, now=now, but=set(kept.values_list("holding", flat=True)))


def _tables_of(categories: Iterable[DataCategory]) -> set[str]:
    labels = {label for each in categories for label in each.models}
    return {model._meta.db_table for model in apps.get_models() if model._meta.label in labels}


def _tables() -> list[tuple[str, int]]:
    """Return every table but the account's own, partitions one by one, with its number of pages."""
    own = sorted(_tables_of(each for each in data_categories() if each.name.startswith("identity.")))
    return [(name, pages) for name, pages in db.select_rows(_TABLES, [own])]


def _tables_of_erased() -> set[str]:
    """Return the tables whose rows of the person go, or are kept on a ground: those are not what is searched for."""
    return {*_tables_of(each for each in data_categories() if not each.stays), "humanaccess_ask_item"}


def _names_in(storage: Storage, folder: str = "") -> Iterator[str]:
    try:
        folders, files = storage.listdir(folder or ".")
    except FileNotFoundError:  # nothing was ever stored there, or the last file has just gone
        return
    yield from files
    for name in folders:
        yield name
        yield from _names_in(storage, f"{folder}{name}/")


def _emails(reference: str) -> "QuerySet[User, str]":
    return User.objects.filter(reference=reference).values_list("email", flat=True)


def search_mentions(attempt: Attempt) -> StepResult:
    """Search every text and JSON column but the account's own, and the names of stored files, for the person.

    The receipt says how many tables and files were searched. Raises MentionedError where something names them,
    UserNameFoundError where it may be no more than a word.
    """
    step, lease = attempt.step, attempt.lease
    if not User.objects.filter(reference=step.subject).exists():
        return StepResult(0, facts={"tables": 0, "files": 0})  # erased meanwhile: nobody knows what to search for
    tables, erased = _tables(), _tables_of_erased()
    lease.hold(expected=sum(pages for _table, pages in tables))
    found: Counter[str] = Counter()
    named: Counter[str] = Counter()
    searched = 0
    for table, pages in tables:
        for first in range(0, pages, PAGES):
            page = [table, step.subject, first, first + PAGES, table in erased]
            ((by_address, by_name),) = db.select_rows(_MENTIONS, page)
            found[table] += by_address
            named[table] += by_name
            lease.heartbeat(progress=searched + first)
        searched += pages
    own = EmailAddress.objects.filter(user__reference=step.subject).values_list("email", flat=True)
    addresses = {email.lower() for email in own.union(_emails(step.subject))}
    files = 0
    for name in _names_in(default_storage):
        files += 1
        found["files"] += any(address in name.lower() for address in addresses)
        lease.heartbeat()
    if mentioned := [table for table, count in found.items() if count]:
        raise MentionedError(mentioned)
    if mentioned := [table for table, count in named.items() if count]:
        raise UserNameFoundError(mentioned)
    return StepResult(len(tables), facts={"tables": len(tables), "files": files})


def erase_last_categories(attempt: Attempt) -> StepResult:
    """Destroy the key, delete the account and whatever is erased last, and read every data category again.

    A category that fails and that an officer excluded does not keep the deletion from its end: each night tries again.
    Raises ErasureIncompleteError, ErasureRefusedError.
    """
    step, now = attempt.step, attempt.lease.clock()
    found = _found(attempt, lambda subject: {category.name: category.count(subject) for category in data_categories()})
    excluded = Step.objects.filter(request=step.request, verb=Verb.ERASE, status=StepStatus.EXCLUDED)
    attempt.lease.hold(longer=LONGEST)
    try:
        crypto_shred_subject(step.subject, actor=machine("worker"), ground=ErasureGround.DELETION, now=now)
    except ErasureIncompleteError as error:
        if not {*error.categories} <= {*excluded.values_list("holding", flat=True)}:
            raise
    left = {category.name: category.recheck(step.subject) for category in data_categories()}
    return StepResult(sum(found.values()), facts={"found": found, "left": left})
