"""The register of transfers: what went to which processor, as the log has it, and the promise that rests on it."""

from datetime import timedelta

import pytest

from accounts.identity.roles import Role
from accounts.inbox.services import sweep_letters, write_letter
from accounts.terms.models import Processor
from accounts.terms.promises import _disclosed_to_registered as measure
from accounts.workloads.models import AnalyticsProvider
from accounts.workloads.services.pseudonyms import get_pseudonym
from audit.log.actors import machine
from core import db
from core.promises import PromiseState
from rights.letters import RECEIVED
from tests.signin import sign_in

PAGE = "/staff/terms/transferregister/"


@pytest.fixture
def disclosed(user, now):
    """One letter mailed, one pseudonym handed out."""
    with db.atomic():
        write_letter(user, kind=RECEIVED.name, context={"request": {"reference": "RR-1"}}, now=now)
    with db.use_role("worker"):
        assert sweep_letters(now=now) == 1
    with db.use_role("ingest"):
        get_pseudonym(user.reference, AnalyticsProvider.MIXPANEL, actor=machine("platform"), now=now)


@pytest.fixture
def counsel(client, make_staff):
    return sign_in(client, make_staff("lucas", Role.LEGAL_COUNSEL), mfa=True)


def test_nothing_disclosed_is_said(counsel):
    assert "Nothing has been disclosed" in counsel.get(PAGE).content.decode()


def test_each_disclosure_says_what_went_to_whom(counsel, disclosed, user):
    page = counsel.get(PAGE).content.decode()
    assert page.count(user.reference) == 2
    assert "A mail address and the mail" in page
    assert "/staff/terms/processor/mixpanel/" in page
    one = counsel.get(PAGE, {"kind": "inbox.letter.posted"}).content.decode()
    assert one.count(user.reference) == 1
    assert counsel.get(PAGE, {"kind": "no.such.kind"}).content.decode().count(user.reference) == 2


def test_a_damaged_cursor_is_no_page(counsel, disclosed):
    assert counsel.get(PAGE, {"older": "x' OR 1=1"}).status_code == 404


def test_the_promise_counts_by_processor(disclosed, now):
    found = measure(now + timedelta(days=1))
    assert (found.state, found.figures) == (PromiseState.KEPT, {"to_mail": 1, "to_mixpanel": 1, "unregistered": 0})


@pytest.mark.parametrize("breach", ["ended", "removed"])
def test_a_processor_that_the_register_lacks_breaks_it(disclosed, now, breach):
    rows = Processor.objects.using("owner").filter(slug="mixpanel")
    if breach == "ended":
        rows.update(ended_at=now - timedelta(days=1))
    else:
        rows.delete()
    found = measure(now + timedelta(days=1))
    assert (found.state, found.figures["unregistered"]) == (PromiseState.BROKEN, 1)
    assert "mixpanel" in found.note


def test_what_went_before_a_processor_ended_is_in_order(disclosed, now):
    Processor.objects.using("owner").filter(slug="mixpanel").update(ended_at=now + timedelta(days=1))
    assert measure(now + timedelta(days=2)).state is PromiseState.KEPT


def test_pages_of_all_kinds_follow_each_other_without_a_gap(counsel, disclosed, make_user, now, monkeypatch):
    with db.use_role("ingest"):
        for name in ("omar", "noor", "rami"):
            get_pseudonym(make_user(name).reference, AnalyticsProvider.MIXPANEL, actor=machine("platform"), now=now)
    monkeypatch.setattr("accounts.terms.admin._PAGE", 2)
    seen, older = [], ""
    for _ in range(3):
        page = counsel.get(f"{PAGE}{older}")
        seen += [row["entry"].id for row in page.context["rows"]]
        older = page.context["older_url"]
    assert older == ""
    assert len(seen) == 5
    assert seen == sorted(seen, reverse=True)
