"""Replays in processes of their own: two at once, and one that is killed in the middle."""

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from accounts.identity.models import User
from audit.erasure.journal import check_journal, published_erasures
from audit.log.events import SUBJECT_SHREDDED
from audit.log.models import Entry
from core import db
from tests.audit.erasure.restoring import check, put_into_journal
from tests.platform_rows import put_row
from vault.services import destroyed_among

ROOT = Path(__file__).resolve().parents[3]
PEOPLE = 20
#: how many are erased before the kill, which is to come in the middle
BEGUN = 4


@pytest.fixture
def journal(settings, tmp_path):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    return tmp_path / "checkpoints" / "erasures"


@pytest.fixture
def people(make_user, now, journal, settings):
    """Return references of people whom the journal calls erased and a restored backup brought back."""
    references = [make_user(f"person{number}").reference for number in range(PEOPLE)]
    for reference in references:
        put_row("workloads_logline", reference, now)
        put_into_journal(journal, reference, settings)
    return references


@pytest.fixture
def replay(settings, people):
    """Start `manage.py replay_erasures`; what still runs at the end is killed."""
    running = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "manage.py", "replay_erasures"],
            cwd=ROOT,
            env={**os.environ, "AUDIT_CHECKPOINT_DIR": settings.AUDIT_CHECKPOINT_DIR},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def erased():
    """Return who is erased by the log, with how many entries."""
    with db.use_role("auditor"):
        return Counter(Entry.objects.filter(event=SUBJECT_SHREDDED.name).values_list("subject", flat=True))


def check_that_all_are_erased(people, journal, whole):
    assert erased() == dict.fromkeys(people, 1)
    assert destroyed_among(people) == set(people)
    with db.use_role("worker"):
        assert not User.objects.filter(reference__in=people).exists()
        left = [db.select_value("SELECT workloads_left('workloads_logline', %s)", [person]) for person in people]
        assert left == [0] * PEOPLE
        assert check_journal() == []
    assert journal.read_text() == whole
    assert [each.reference for each in published_erasures()] == people
    check()


@pytest.mark.long
def test_two_replays_at_once_erase_each_person_once(office, people, journal, replay):
    whole = journal.read_text()
    both = [replay(), replay()]
    answers = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], answers
    keys = [int(re.search(rf"{PEOPLE} erasures were replayed: (\d+) keys", out)[1]) for out, _ in answers]
    assert sum(keys) == PEOPLE
    check_that_all_are_erased(people, journal, whole)


@pytest.mark.long
def test_a_replay_that_is_killed_in_the_middle_is_finished_by_the_next(office, people, journal, replay):
    whole = journal.read_text()
    killed = replay()
    end = time.monotonic() + 120
    while len(erased()) < BEGUN:
        assert killed.poll() is None, killed.communicate()
        assert time.monotonic() < end
        time.sleep(0.005)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    assert BEGUN <= len(erased()) < PEOPLE
    again = replay()
    answer = again.communicate(timeout=120)
    assert again.returncode == 0, answer
    check_that_all_are_erased(people, journal, whole)
