"""A request as a reader of Arabic meets it: the letter, the derivation of its date, its story."""

import pytest
from django.utils.translation import override

from accounts.inbox.models import Letter
from accounts.inbox.services import open_letter
from audit.search.selectors import list_case
from core import db
from rights.presenters import explanation_text

pytestmark = pytest.mark.usefixtures("office")


def test_the_letter_is_written_in_the_language_of_the_person(file_request, user, now):
    user.language = "ar"
    with db.use_role("default"):
        user.save()
    request = file_request(user, country="DE")
    with db.use_role("default"), db.row_security_for(user.reference):
        letter = Letter.objects.get(kind="rights.received")
    assert letter.subject_line == f"استلمنا طلبك {request.reference}"
    _, text = open_letter(letter.pk, user=user, now=now)
    assert "طلب الاطّلاع" in text
    assert "ديسمبر 2026" in text
    assert "answer" not in text


def test_the_log_speaks_the_language_of_its_reader(file_request, user):
    reference = file_request(user, country="DE").reference
    with db.use_role("auditor"):
        with override("ar"):
            sentences = [entry.sentence for entry in list_case(reference).entries]
        english = [entry.sentence for entry in list_case(reference).entries]
    # A reference stands apart, so that it keeps its own direction within the sentence.
    assert f"استُلم الطلب \u2068{reference}\u2069: \u2068الاطّلاع\u2069" in sentences  # noqa: RUF001
    assert f"Request {reference} was received: access" in english


def test_a_derivation_counts_and_dates_in_arabic():
    with override("ar"):
        one, two, three = (explanation_text("period.months", {"count": n, "end_on": "2026-12-23"}) for n in (1, 2, 3))
    assert "شهر واحد" in one
    assert "شهران" in two
    assert "3 أشهر" in three
    assert all("23 ديسمبر 2026" in sentence for sentence in (one, two, three))
