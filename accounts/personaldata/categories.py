"""Data categories: each kind of personal data, declared once."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit.log import rfc3339
from core import db
from core.registry import Port, Registry

#: the legal basis of most categories
CONTRACT = _("needed to perform the contract with you: GDPR Article 6(1)(b)")
#: processors that host the service and what users deploy: one of them has whatever we hold
CLOUDS = ("aws", "google-cloud", "azure")


@dataclass(frozen=True)
class Remainder:
    """What stays of a data category after an erasure: `what` it is, on what `ground`, and `until` when."""

    what: Any
    ground: Any
    until: Any

    def told(self) -> dict[str, str]:
        """Return it in words."""
        return {"what": str(self.what), "ground": str(self.ground), "until": str(self.until)}


class PastRule(NamedTuple):
    """How many records are past the rule of their data category: that should be gone, and that a legal hold keeps."""

    past: int
    held: int


@dataclass(frozen=True)
class CorrectionRule:
    """How the fields of a data category are corrected (GDPR article 16).

    `fields` are exported fields, texts of at most so many characters; where none is corrected, `why_not` is the reason
    as a sentence. `clean(field, text)` returns a value as it would be stored, or raises ValueError with a sentence.
    `apply(reference, field, old, new, entry=, now=)` puts a value of the office's own right, as the worker by the entry
    of its step, unless it changed meanwhile, and returns "" or a code that says why it could not; `present(reference)`
    returns field → value, as the person's own pages may read it; `tell(reference, field, old, new)` notifies of what
    was applied, and is called until it returns. Without these the platform, which keeps the records and sends them, is
    ordered to. `own_pages` are fields that the person changes at once themselves → name of the page.
    """

    fields: Mapping[str, int] = field(default_factory=dict)
    why_not: Any = ""
    clean: Callable[[str, str], str] = lambda _field, text: text
    apply: Callable[..., str] | None = None
    tell: Callable[[str, str, str, str], object] | None = None
    present: Callable[[str], Mapping[str, Any]] | None = None
    own_pages: Mapping[str, str] = field(default_factory=dict)


#: of records that say what was measured, or what happened
MEASURED = CorrectionRule(
    why_not=_("It records what was measured. Where you dispute it, ask for a restriction: that is noted beside it.")
)
HAPPENED = CorrectionRule(
    why_not=_("It records what happened. Where you dispute it, ask for a restriction: that is noted beside it.")
)


@dataclass(frozen=True)
class DataCategory:
    """One kind of personal data (DESIGN §4).

    `models` are the labels of the models that hold it, `fields` the exported field → what it is; `processors` are
    slugs of the register of processors, `recipients` whoever else receives it, `retention` is a sentence.
    `portable` are the fields that the person gave us, themselves or by using the service, where the legal basis is
    consent or contract (GDPR article 20): exported field → its JSON Schema, as `portable.py` has them.
    `count(reference)` returns how many records a subject has; `export(reference, entry)` yields them as JSON-ready
    dicts, authorised by the log entry `entry`, under the caller's database role. `erase(reference)` removes what is
    held on a person whom the log says is erased, and returns how many records; it may be repeated.
    `correct` says how what is wrong is put right, or why it is not.
    `recheck(reference)` returns how many records are still there that should not be; it shares no code with
    `erase`. `stays` is what an erasure leaves on purpose. A category that a deletion itself needs until its end,
    like the address that its certificate is mailed to, is `erased_last`, with the person's key; a person may have its
    use restricted only where it `is_restrictable`. Where records end
    by their age, `past_rule(now)` counts those that should be gone and those that a legal hold keeps, and
    `remove_expired(now=now)` removes the former; both run under the worker's role. Titles and sentences are lazy
    translations.
    """

    name: str
    title: Any
    policy_section: Any
    models: tuple[str, ...]
    fields: Mapping[str, Any]
    purposes: tuple[Any, ...]
    legal_basis: Any
    recipients: tuple[Any, ...]
    source: Any
    retention: Any
    restricted: bool
    count: Callable[[str], int]
    export: Callable[[str, UUID], Iterator[dict[str, Any]]]
    erase: Callable[[str], int]
    recheck: Callable[[str], int]
    correct: CorrectionRule
    processors: tuple[str, ...] = ()
    stays: tuple[Remainder, ...] = ()
    erased_last: bool = False
    is_restrictable: bool = False
    portable: Mapping[str, Any] = field(default_factory=dict)
    past_rule: Callable[[datetime], PastRule] | None = None
    remove_expired: Callable[..., int] | None = None


_categories = Registry[DataCategory]("Data category")
declare_category = _categories.declaring(DataCategory)
data_categories = _categories.listed
#: returns the data category of a name; raises KeyError for one that is no longer declared
category_named = _categories.__getitem__


def category_title(name: str) -> Any | None:
    """Return the title of a data category; None for one that is no longer declared."""
    return _categories[name].title if name in _categories else None


#: returns slug → name for pages of every processor; the app that keeps the register sets it
_processor_names = Port[Callable[[], Mapping[str, Any]]]("register of processors")
set_processor_names = _processor_names.register

#: returns the references of those of whose records in a data category nothing goes at that time: a legal hold, or an
#: officer on a ground, keeps them
_subjects_on_hold = Port[Callable[[str, datetime], set[str]]]("register of legal holds")
set_subjects_on_hold = _subjects_on_hold.register


def subjects_on_hold(category: str, now: datetime) -> set[str]:
    """Return the references of the people whose records in this data category are kept at `now`."""
    return _subjects_on_hold.get()(category, now)


def is_restricted(subject: str, category: str) -> bool:
    """Return whether the person had the use of this data category restricted, or objected to it, and that is in force.

    Machines and staff alike ask the one database function by which the log's entries authorise reading.
    """
    found: bool = db.select_value("SELECT audit_is_restricted(%s, %s)", [subject, category])
    return found


def lock_holds(subject: str = "") -> None:
    """Keep holds on a person from changing until the transaction ends, and wait for those that are being placed.

    Who places one locks those on nobody in particular as well: a sweep, which meets everybody, locks these alone.
    """
    db.select_rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", ["hold:" + subject])


def recipients_of(categories: Collection[DataCategory]) -> dict[str, list[Any]]:
    """Return category name → who receives it: its processors, by the names that the register has, then others."""
    names = _processor_names.get()() if categories else {}
    return {
        category.name: [*(names.get(slug, slug) for slug in category.processors), *category.recipients]
        for category in categories
    }


def json_value(value: Any) -> Any:
    """Return an id, a time or a number as exports write it; other values as they are."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return rfc3339.write(value)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value
