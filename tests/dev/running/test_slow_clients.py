"""The whole office while clients open connections and never finish their requests."""

import selectors
import socket
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection

import pytest

from tests.dev.running.whole_office import Visitor, bare_environment, free_port, manage, stop, up, wait_ready

pytestmark = pytest.mark.worker

HALF = (
    b"GET /settings/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
    b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nlogin=",
)
COUNT = (
    "from django.db import connections as c; k = c['owner'].cursor(); "
    "k.execute(\"SELECT count(*), current_setting('max_connections') FROM pg_stat_activity\"); print(*k.fetchone())"
)


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """An office with demo people: its port, a signed-in cookie, the environment for commands beside it."""
    environment, port = bare_environment(tmp_path_factory.mktemp("office") / "var"), free_port()
    process = up(environment, port, "--demo")
    assert wait_ready(process, port) == 200
    layla = Visitor(port)
    assert layla.sign_in("layla@example.org").geturl().endswith("/settings/")
    yield port, layla.cookies(), environment
    output = stop(process)
    assert process.returncode == 0, output
    assert "ended with" not in output


@contextmanager
def unfinished(port, count):
    """Keep `count` connections open on which half a request has come; every third goes on, a byte a second."""
    ended, watched = threading.Event(), selectors.DefaultSelector()

    def connect(number):
        client = socket.create_connection(("127.0.0.1", port), timeout=20)
        client.sendall(HALF[number % 2])
        return client

    clients = [connect(number) for number in range(count)]
    for client in clients:
        watched.register(client, selectors.EVENT_READ)

    def drip():
        while not ended.wait(1):
            for key, _ in watched.select(0):  # closed by the server: the next one comes at once
                number = clients.index(key.fileobj)
                watched.unregister(key.fileobj)
                key.fileobj.close()
                clients[number] = connect(number)
                watched.register(clients[number], selectors.EVENT_READ)
            for client in clients[::3]:
                try:
                    client.send(b"a")
                except OSError:
                    continue

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        yield
    finally:
        ended.set()
        dripping.join()
        for client in clients:
            client.close()


def ask(port, path, cookie=""):
    """Return the answer's status and the seconds that it took."""
    began = time.monotonic()
    connection = HTTPConnection("127.0.0.1", port, timeout=300)
    connection.request("GET", path, headers={"Cookie": cookie})
    status = connection.getresponse().status
    connection.close()
    return status, time.monotonic() - began


def under_load(office, idle, requests, at_once):
    """Answer `requests` pages for a person beside `idle` unfinished requests; the slowest answer of /livez."""
    port, cookie, environment = office
    alive, busy = [], []
    with unfinished(port, idle), ThreadPoolExecutor(at_once) as pool:
        pages = [pool.submit(ask, port, "/settings/", cookie) for _ in range(requests)]
        while not all(page.done() for page in pages):
            alive.append(ask(port, "/livez"))
            if not busy:
                busy = [int(each) for each in manage(environment, "shell", "--no-imports", "-c", COUNT).split()[-2:]]
            time.sleep(0.1)
    statuses = Counter(page.result()[0] for page in pages)
    seconds = sorted(page.result()[1] for page in pages)
    slowest = max(took for _, took in alive)
    sys.stdout.write(
        f"\n{idle} unfinished requests, {requests} pages, {at_once} at once: {dict(statuses)}, "
        f"median {seconds[len(seconds) // 2]:.2f} s, slowest {seconds[-1]:.2f} s; "
        f"/livez {len(alive)} times, slowest {slowest:.3f} s; {busy[0]} of {busy[1]} connections to the database\n"
    )
    assert statuses == {200: requests}
    assert {status for status, _ in alive} == {200}
    assert busy[0] < busy[1]
    return slowest


@pytest.mark.long
def test_five_hundred_clients_that_do_not_finish_while_two_hundred_pages_are_asked_for(office):
    took = [under_load(office, idle=500, requests=200, at_once=at_once) for at_once in (8, 200)]
    assert max(took) < 1
