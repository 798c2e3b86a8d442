"""The sweep of ends: one person whose key is gone, or one row that raises, keeps no other waiting."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from accounts.inbox.models import Letter
from audit.log.models import SweepFailure
from core import db
from humanaccess import services
from humanaccess.models import ApprovalRequest, Grant
from humanaccess.services import expire
from vault.services import destroy_key


def grants_of(names, make_user, make_request, shown, now):
    """Return a grant for each of some people, in the order in which they end."""
    from accounts.personaldata.item_providers import NamedItem
    from tests.platform_rows import put_row

    grants = []
    for number, name in enumerate(names):
        person = make_user(name)
        item = put_row("workloads_logline", person.reference, now - timedelta(hours=1))
        approval_request = make_request(
            subject=person,
            items=[NamedItem("workloads.logline", item, "Log line 1")],
            window=timedelta(hours=1 + number),
            reason=f"Your upload number {number} failed twice on Monday; this line should say why.",
        )
        grants.append(services.agree_to_request(approval_request, user=person, items={item}, shown=shown, now=now))
    return grants


def test_an_erased_person_does_not_stop_the_ends_behind(make_user, make_request, shown, now):
    first, second = grants_of(["layla2", "omid"], make_user, make_request, shown, now)
    with db.use_role("worker"):
        destroy_key(first.subject, now=now)
        assert services.expire_grants(now + timedelta(days=1)) == 2
        assert set(Grant.objects.values_list("ended_reason", flat=True)) == {"expired"}
        assert not SweepFailure.objects.exists()
    assert second.pk


def test_a_grant_whose_end_raises_does_not_stop_those_behind(make_user, make_request, shown, now, monkeypatch):
    first, second = grants_of(["layla2", "omid"], make_user, make_request, shown, now)
    real = expire.write_ended

    def write(grant, at):
        if grant.pk == first.pk:
            raise RuntimeError
        real(grant, at)

    monkeypatch.setattr(expire, "write_ended", write)
    with db.use_role("worker"):
        assert services.expire_grants(now + timedelta(days=1)) == 1
        assert Grant.objects.get(pk=second.pk).ended_reason == "expired"
        assert Grant.objects.get(pk=first.pk).ended_at is None
        assert SweepFailure.objects.get().item == str(first.pk)


def test_a_request_whose_end_raises_does_not_stop_those_behind(make_request, make_user, lines, now, monkeypatch):
    first = make_request()
    second = make_request(reason="Another question: the export stopped, and these lines should say where.")
    real = expire.move_request

    def move(approval_request, *facts):
        if approval_request.pk == first.pk:
            raise RuntimeError
        real(approval_request, *facts)

    monkeypatch.setattr(expire, "move_request", move)
    with db.use_role("worker"):
        assert services.expire_requests(now + timedelta(days=8)) == 1
        assert ApprovalRequest.objects.get(pk=second.pk).state == "expired"
        assert ApprovalRequest.objects.get(pk=first.pk).state == "asked"


def test_of_two_sweeps_at_once_one_tells_the_user(agreed, now):
    later = now + timedelta(days=1)

    def second():
        try:
            with db.use_role("worker"):
                return services.expire_grants(later)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with db.use_role("worker"), db.atomic():
            assert services.expire_grants(later) == 1
            late = pool.submit(second)
            with pytest.raises(TimeoutError):  # it has found the grant open, and waits for the first one's end
                late.result(timeout=1)
        assert late.result() == 0
    with db.use_role("worker"):
        assert Letter.objects.filter(kind__endswith="ended").count() == 1
