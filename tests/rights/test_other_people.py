"""What machines find of other people in an export: each kind, what is none, and in constant memory and linear time."""

import time
import tracemalloc
from collections import deque

import orjson
import pytest

from core import db
from rights.fulfilment.other_people import OtherPeople

pytestmark = pytest.mark.django_db


@pytest.fixture
def search(user, settings):
    """Return what is found in texts of layla's: `search("text", …)`."""
    settings.PRIVACY_CONTACT = "privacy@office.example"

    def run(*texts, lines=None):
        with db.use_role("worker"):
            others = OtherPeople(user.reference, ["text", "level"])
            deque(others.watch(lines or (b"[\n" + orjson.dumps({"text": text}) for text in texts)), maxlen=0)
        return others.found()

    return run


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mail from omar.h+x@mail.example.org arrived", {"email": 1}),
        ("a@example.org, b@example.org\nc@example.org", {"email": 3}),
        ("call +49 (0)30 901820 or +1-555-010-4477", {"phone": 2}),
        ("office (555) 010-4477 / 555-010-4477", {"phone": 2}),
        ("paid with 4111 1111 1111 1111", {"card": 1}),
        ("paid with 378282246310005 and 5555-5555-5555-4444", {"card": 2}),
        ("told noor of it, and Noor, and (noor).", {"user_name": 2}),
    ],
)
def test_each_kind_is_found_and_counted(search, make_user, text, found):
    make_user("noor")
    assert search(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "layla@example.org wrote LAYLA@example.org to privacy@office.example",
        "layla did it herself",
        "2026-11-23T09:30:00.000000Z took 0.000000000000001 s",
        "0190a7c4-4111-7111-8111-111111111111 4111111111111112 41111111111111110000",
        "version 4.111.111.111 of @scope/package at user@localhost",
        "the level of the text",
        '\\u0041\t"quoted"\n',
    ],
)
def test_what_is_the_persons_own_an_id_or_a_time_is_none(search, make_user, text):
    make_user("level")
    assert search(text) == {}


def test_an_escaped_line_break_does_not_lengthen_an_address(search):
    assert search("line\nlayla@example.org") == {}


def test_names_of_other_scripts_are_found(search, make_user):
    make_user("نور")
    assert search("قالت نور ذلك") == {"user_name": 1}


def test_a_hundred_thousand_lines_take_constant_memory(search):
    line = b'{"id":"0190a7c4-4111-7111-8111-%012x","text":"word%x of user%d@example.org"},\n'
    tracemalloc.start()
    assert search(lines=(line % (n, n, n) for n in range(100_000))) == {"email": 100_000}
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("part", ["a", "a.", "a@", "@a.", "+1 ", "0" * 4, "(5", "-", "4 ", "a-", "\\", "000-"])
def test_no_text_takes_more_than_linear_time(search, part):
    def taken(size):
        began = time.process_time()
        search(part * (size // len(part)))
        return time.process_time() - began

    taken(1000)
    # Ten times the text takes ten times as long; a hundred times would be quadratic.
    assert taken(2_000_000) < 50 * max(taken(200_000), 0.02)
