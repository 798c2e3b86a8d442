"""Django's cache in the database: what it holds, that of many at once one wins, and that rate limits count in it."""

import threading

import pytest
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.db import connections

from core import db


def at_once(act, threads=8):
    """Run `act` in threads that start together; what each returned."""
    gate, results = threading.Barrier(threads), []

    def run():
        gate.wait()
        results.append(act())
        connections.close_all()

    started = [threading.Thread(target=run) for _ in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    return results


def rows(columns="key, value"):
    with db.use_role("owner"), db.connection().cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM identity_cacheentry")
        return cursor.fetchall()


@pytest.mark.parametrize("value", [7, 0, "text", [1.5, None, True], {"a": [1]}, True])
def test_the_cache_gives_back_what_it_was_given(office, value):
    cache.set("key", value)
    assert cache.get("key") == value


def test_it_keeps_json_and_refuses_what_is_not(office):
    with pytest.raises(TypeError):
        cache.set("key", object())
    assert rows() == []


def test_no_address_stands_in_the_table(office):
    cache.set("allauth:rl:login:ip:203.0.113.7", [1.0])
    ((key, _),) = rows()
    assert len(key) == 64
    assert set(key) <= set("0123456789abcdef")


def test_what_has_expired_is_not_there(office):
    cache.set("gone", 1, 0)
    assert cache.get("gone") is None
    assert cache.delete("gone") is False
    assert cache.touch("gone", 60) is False
    with pytest.raises(ValueError, match="no such count"):
        cache.incr("gone")
    assert cache.add("gone", 2) is True
    assert cache.get("gone") == 2


def test_an_end_can_be_put_off_or_away(office):
    cache.set("key", 1, 60)
    assert cache.touch("key", None) is True
    cache.set("other", 1, None)
    assert rows("expires_at = 'infinity'") == [(True,), (True,)]


@pytest.mark.parametrize("side", ["default", "staff", "ingest", "auditor"])
def test_every_side_that_answers_requests_counts_in_the_same_place(office, side):
    cache.set("tries", 1)
    with db.use_role(side):
        assert cache.incr("tries") == 2
    assert cache.get("tries") == 2


def test_counting_loses_nothing_when_many_count(office):
    cache.set("tries", 0)
    assert sorted(at_once(lambda: cache.incr("tries"))) == list(range(1, 9))


def test_of_many_who_add_or_delete_one_wins(office):
    assert sorted(at_once(lambda: cache.add("code", 1))) == [False] * 7 + [True]
    assert sorted(at_once(lambda: cache.delete("code"))) == [False] * 7 + [True]


def test_the_sweeper_deletes_what_has_expired_and_nothing_else(office):
    from accounts.identity.tasks import sweep_cache

    cache.set("gone", 1, 0)
    cache.set("here", 1, 60)
    sweep_cache()
    assert len(rows()) == 1
    assert cache.get("here") == 1


def test_of_many_tries_at_once_no_more_than_the_limit_pass(office, rf):
    request = rf.post("/")

    def attempt():
        return bool(ratelimit.consume(request, app="t", action="a", config={"a": "5/m/key"}, key="x"))

    passed = sum(at_once(attempt))
    passed += sum(attempt() for _ in range(6))
    assert passed == 5
