"""Read one data category of one subject into an encrypted file, and count what in it may be other people's."""

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any

import orjson

from accounts.personaldata.categories import category_named
from core import db

from .other_people import OtherPeople
from .plan import fields_of
from .steps import Attempt, StepResult, store_result


def json_array(records: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """Yield a JSON array, one record a line, the opening bracket with the first."""
    separator = b"[\n"
    for record in records:
        yield separator + orjson.dumps(record, default=str)
        separator = b",\n"
    yield b"[]\n" if separator == b"[\n" else b"\n]\n"


def export_category(attempt: Attempt) -> StepResult:
    """Stream the category's records, authorised by the step's entry; memory stays flat however many there are."""
    step, lease, count = attempt.step, attempt.lease, 0
    category = category_named(step.holding)
    fields = fields_of(category, step.request.kind)
    others = OtherPeople(step.subject, category.fields)
    with db.authorised_by(step.subject, attempt.entry):
        lease.hold(expected=category.count(step.subject))

    def records() -> Generator[dict[str, Any], None, None]:
        nonlocal count
        for record in category.export(step.subject, attempt.entry):
            yield record if fields is category.fields else {name: record[name] for name in fields}
            count += 1
            lease.heartbeat(progress=count)

    # A category opens its own transactions; closing the stream ends the one that a failure leaves open.
    with closing(records()) as read:
        stored = store_result(attempt, others.watch(json_array(read)), step.key_context)
    return StepResult(count, *stored, facts={"others": found} if (found := others.found()) else {})
