"""Staff whose own data a process demands learn as little of it as anybody, by any account of theirs."""

import pytest
from django.urls import reverse

from accounts.identity.roles import Role
from core import db
from humanaccess import services as gate
from humanaccess.errors import AccessDeniedError


@pytest.fixture
def mona(make_staff):
    """A second counsel, about whom another one files a process."""
    return make_staff("mona", Role.LEGAL_COUNSEL, email="mona@example.org")


@pytest.mark.parametrize("other", [False, True])
def test_the_form_for_a_request_offers_nobody_the_processes_about_themselves(
    receive, agree, delayed_by, mona, make_user, counsel, client_of, other
):
    person = make_user("twin", email="mona+b@example.org") if other else mona
    process = agree(receive(subject=person, **delayed_by))
    steps = {"step": "ground", "person": person.email}
    url = reverse("admin:humanaccess_approval_new")
    assert process.reference in client_of(counsel).post(url, steps).content.decode()
    page = client_of(mona).post(url, steps)
    assert page.status_code == 200
    assert process.reference not in page.content.decode()


def test_a_list_of_ones_own_items_is_refused_alike_with_and_without_a_process(receive, agree, delayed_by, mona, now):
    real = agree(receive(subject=mona, **delayed_by)).reference
    for case in (real, "LP-2026-999999"):
        with db.use_role("staff"), pytest.raises(AccessDeniedError) as refused:
            gate.list_items(asker=mona, subject=mona, kind="workloads.app", where={}, now=now, case=case)
        assert refused.value.rule == "own_data"
