"""Keyset pages follow each other without gap or double, in both directions, and damaged cursors are refused."""

from datetime import timedelta

import pytest

from audit.log.models import SweepFailure
from core import db
from core.pagination import keyset_page


@pytest.mark.parametrize("order", [("due_at", "id"), ("-due_at", "-id"), ("-id",)])
def test_pages_follow_each_other(office, now, order):
    with db.use_role("worker"):
        for number in range(8):
            item, due_at = str(number), now + timedelta(hours=number // 3)
            SweepFailure.objects.create(sweep="test", item=item, error="E", due_at=due_at)
        seen, cursor = [], ""
        for _ in range(3):
            page = keyset_page(SweepFailure.objects.all(), order, 3, cursor)
            seen += [row.pk for row in page.rows]
            cursor = page.older
        assert cursor == ""
        assert seen == list(SweepFailure.objects.order_by(*order).values_list("pk", flat=True))


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "2026-11-23|1",
        "2026-11-23T10:00:00+02:00|1",
        "|",
        "2026-11-23T10:00Z",
        "2026-11-23T10:00:00+00:00| 7",
        "2026-11-23T10:00:00+00:00|1_0",
        "2026-11-23T10:00:00+00:00|٧",  # noqa: RUF001
    ],
)
def test_a_damaged_cursor_is_refused(cursor):
    with pytest.raises(ValueError, match="The cursor"):
        keyset_page(SweepFailure.objects.all(), ("due_at", "id"), 3, cursor)
