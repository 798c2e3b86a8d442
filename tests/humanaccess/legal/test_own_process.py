"""Staff whose own data a process demands learn as little of it as anybody, by any account of theirs."""

import pytest
from django.urls import reverse

from accounts.identity.roles import Role
from cases.errors import CaseError, NotAllowedError
from cases.services import assign_case, release_case, take_case, take_next
from core import db
from humanaccess import services as gate
from humanaccess.errors import AccessDeniedError
from humanaccess.legal.kind import LEGAL
from humanaccess.legal.models import LegalProcess
from humanaccess.legal.services import produce_data


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


@pytest.fixture
def twin(make_user):
    """The account that Mona has as a customer."""
    return make_user("twin", email="mona+b@example.org")


def test_nobody_works_on_a_process_about_another_account_of_theirs(receive, delayed_by, twin, mona, counsel, now):
    reference = receive(subject=twin, **delayed_by).reference
    with db.use_role("staff"), pytest.raises(NotAllowedError):
        take_case(LEGAL, reference, actor=mona, now=now)
    with db.use_role("staff"), pytest.raises(CaseError):
        assign_case(LEGAL, reference, officer=mona, actor=counsel, now=now)


def test_nobody_finds_a_process_about_another_account_of_theirs(opened, user, mona, counsel, client_of, now):
    with db.use_role("owner"):
        type(user).objects.filter(pk=user.pk).update(email="mona+b@example.org")
    request, process = opened.approval_request.reference, opened.approval_request.process.reference
    pages = {
        reverse("admin:humanaccess_legalprocess_changelist"): process,
        reverse("admin:humanaccess_process", args=[process]): process,
        reverse("admin:humanaccess_process_document", args=[process]): "",
        reverse("admin:humanaccess_approvalrequest_changelist"): request,
        reverse("admin:humanaccess_approval", args=[request]): request,
        reverse("admin:index"): process,
    }
    with db.use_role("staff"):
        release_case(LEGAL, process, actor=counsel, now=now)
    for url, shown in pages.items():
        page = client_of(mona).get(url)
        assert page.status_code == 404 or (shown and shown not in page.content.decode()), url
    with db.use_role("staff"):
        assert take_next(LEGAL, LegalProcess.objects.all(), actor=mona, now=now) is None


@pytest.mark.parametrize("role", [Role.LEGAL_COUNSEL, Role.PRIVACY_OFFICER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_the_register_of_transfers_hides_what_was_handed_over_of_its_reader(
    receive, agree, delayed_by, make_staff, make_user, counsel, client_of, now, role
):
    twin = make_user("nadia2", email="nadia+n@example.org")
    reader = make_staff("nadia", role, email="nadia@example.org")
    own = [agree(receive(subject=person, **delayed_by)) for person in (reader, twin)]
    other = agree(receive(subject=make_user("olga"), **delayed_by))
    for process in (*own, other):
        with db.use_role("staff"):
            produce_data(
                process.reference, actor=counsel, production="Ninety lines.", recipient="Officer Meyer",
                handed_on=now.date(), now=now,
            )  # fmt: skip
    page = client_of(reader).get(reverse("admin:terms_transferregister_changelist")).content.decode()
    assert other.reference in page
    assert not [process.reference for process in own if process.reference in page]
