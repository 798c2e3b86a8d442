"""What is said to a person is in their language, and what stays foreign stands apart."""

import json

import holidays
import pytest
from django.utils.translation import override

from accounts.inbox.services import write_letter
from core import db
from rights import services
from rights.deadlines.holiday_names import MOVED, NAMES, OBSERVED, PARTS, parts_of
from rights.deadlines.regimes import REGIMES
from rights.letters import WITHDRAWN
from rights.presenters import explanation_text
from tests.signin import sign_in

YEARS = range(2026, 2036)
PLACES = sorted(
    {place for regime in REGIMES.values() if regime.rolls for place in regime.zones}
    | {regime.calendar.place for regime in REGIMES.values() if regime.rolls and regime.calendar.place}
)


def holiday(name, place="DE"):
    return explanation_text("closed.holiday", {"closed_on": "2026-04-03", "name": name, "place": place})


@pytest.mark.parametrize("place", PLACES)
def test_every_holiday_that_moves_a_deadline_has_a_name_to_translate(place):
    country, _, part = place.partition("-")
    found = holidays.country_holidays(country, subdiv=part or None, years=YEARS, language="en_US")
    single = {part for name in found.values() if "estimated" not in name for part in parts_of(name)}
    plain = {name.removesuffix(OBSERVED) for name in single if MOVED.fullmatch(name) is None}
    assert plain - NAMES == set()


def test_a_holiday_and_its_country_are_named_in_the_readers_language():
    assert holiday("Good Friday") == "Friday 3 April 2026 is a public holiday (Good Friday, Germany)."
    with override("ar"):
        said = holiday("Good Friday")
        part = holiday("Saint Andrew's Day (observed)", "GB-SCT")
        moved = holiday("Day off (substituted from 01/10/2026)", "HU")
    assert "الجمعة العظيمة" in said
    assert "ألمانيا" in said
    for sentence in (said, part, moved):
        assert not any("a" <= letter <= "z" for letter in sentence), sentence
    assert "10 يناير 2026" in moved


def test_what_has_no_translation_stands_apart():
    with override("ar"):
        assert "\u2068Liberation of Atlantis\u2069" in holiday("Liberation of Atlantis")
        assert "\u2068Europe/Berlin\u2069" in explanation_text("due", {"due_on": "2026-04-07", "zone": "Europe/Berlin"})
        assert "(\u2068BY\u2069)" in holiday("Epiphany", "DE-BY")
    assert "\u2068" not in holiday("Liberation of Atlantis", "DE-BY")
    assert set(PARTS) >= {place for place in PLACES if "-" in place}


def test_the_package_of_an_arabic_speaker_speaks_arabic(file_request, user, officer, start, work, now, opened):
    user.language = "ar"
    with db.use_role("default"):
        user.save()
    request = start(file_request(user))
    work(request)
    with db.use_role("staff"):
        services.approve_delivery(request.reference, actor=officer, now=now)
    archive = opened(request)
    facts = json.loads(archive.read("data/audit.entries.facts.json"))
    lines = json.loads(archive.read("data/audit.entries.json"))
    with override("ar"):
        for text in (facts["title"], *facts["fields"].values(), *(line["sentence"] for line in lines)):
            assert any("\u0600" <= letter <= "\u06ff" for letter in text), text


def test_an_english_subject_in_the_arabic_list_of_letters_stands_apart(client, user, now):
    with db.atomic():
        letter = write_letter(user, kind=WITHDRAWN.name, context={"request": {"reference": "RR-1"}}, now=now)
    user.language = "ar"
    with db.use_role("default"):
        user.save()
    sign_in(client, user)
    for address in ("/settings/letters/", f"/settings/letters/{letter.pk}/"):
        with override("en"):  # what the page activates ends with the block
            text = client.get(address).content.decode()
        assert 'dir="rtl"' in text
        assert f"<bdi>{letter.subject_line}</bdi>" in text
    assert '<div class="prose" dir="auto">' in text
