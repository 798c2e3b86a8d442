"""The web server: clients that are slow, stop half-way or send what can be read in two ways."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from http.client import HTTPConnection

import pytest

from omegaoffice.web import server
from tests.dev.running.whole_office import ROOT, free_port

HALF_HEADER = b"GET /form HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
HALF_BODY = b"POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nlogin="


def start(port, patience):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.omegaoffice.web.small_site", str(port), str(patience)], cwd=ROOT
    )


class Site:
    def __init__(self, patience):
        self.port = free_port()
        self.process = start(self.port, patience)
        while not self.is_there():
            time.sleep(0.05)

    def is_there(self):
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def ask(self, path, method="GET", body=None, headers=None):
        """Return the answer's status and what it says."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if answer.status == 200 else text
        finally:
            connection.close()

    def send(self, data, buffer=None):
        """Return a connection over which `data` went, and nothing else."""
        client = socket.socket()
        if buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        client.connect(("127.0.0.1", self.port))
        client.settimeout(20)
        client.sendall(data)
        return client

    def status_of(self, data):
        with self.send(data) as client:
            return int(client.recv(65_536).split()[1])


@pytest.fixture(scope="module")
def site():
    started = Site(patience=20)
    yield started
    started.process.terminate()
    assert started.process.wait(20) == 0


@pytest.mark.parametrize("half", [HALF_HEADER, HALF_BODY, b""], ids=["headers", "body", "nothing"])
def test_clients_that_have_not_finished_their_request_hold_nobody_up(site, half):
    with ExitStack() as opened:
        for _ in range(60):
            opened.enter_context(site.send(half))
        for _ in range(10):
            assert site.ask("/form", "POST", b"x" * 1000)[1]["body"] == 1000
        assert site.ask("/livez")[0] == 200


def test_clients_that_do_not_read_a_long_answer_hold_nobody_up(site):
    with ExitStack() as opened:
        slow = [
            opened.enter_context(site.send(b"GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n", buffer=4096))
            for _ in range(4 * server.THREADS)
        ]
        for client in slow:
            assert client.recv(15) == b"HTTP/1.1 200 OK"
        for _ in range(10):
            assert site.ask("/")[0] == 200
        assert site.ask("/livez")[0] == 200


def test_a_long_answer_arrives_whole(site):
    connection = HTTPConnection("127.0.0.1", site.port, timeout=60)
    connection.request("GET", "/file")
    assert len(connection.getresponse().read()) == 64 * 1024 * 1024
    connection.close()


def test_who_asks_whether_it_lives_waits_for_no_other_request(site):
    asked = [threading.Thread(target=site.ask, args=("/hold",)) for _ in range(6 * server.THREADS)]
    for one in asked:
        one.start()
    time.sleep(0.5)
    assert site.ask("/livez")[0] == 200
    assert any(one.is_alive() for one in asked)
    for one in asked:
        one.join()


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
        (b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        (b"GET /" + b"a" * server.MOST_HEADER + b" HTTP/1.1\r\nHost: a\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * server.MOST_HEADER + b"\r\n\r\n", 431),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % server.MOST_BODY, 413),
    ],
)
def test_what_is_too_large_or_can_be_read_in_two_ways_is_refused(site, request_text, status):
    assert site.status_of(request_text) == status


def test_a_chunked_body_arrives_with_its_length(site):
    _, told = site.ask("/", "POST", iter([b"ab", b"cde"]))
    assert (told["body"], told["CONTENT_LENGTH"]) == (5, "5")


def test_what_a_proxy_says_is_handed_on_and_cannot_be_said_with_underscores(site):
    _, told = site.ask("/", headers={"X-Forwarded-For": "203.0.113.7", "X_Forwarded_Proto": "https"})
    assert told["HTTP_X_FORWARDED_FOR"] == "203.0.113.7"
    assert "HTTP_X_FORWARDED_PROTO" not in told
    assert (told["wsgi.url_scheme"], told["REMOTE_ADDR"]) == ("http", "127.0.0.1")


def test_a_connection_serves_several_requests(site):
    connection = HTTPConnection("127.0.0.1", site.port, timeout=20)
    for path in ("/one", "/two", "/three"):
        connection.request("GET", path)
        assert json.loads(connection.getresponse().read())["PATH_INFO"] == path
    connection.close()


@pytest.mark.parametrize("half", [HALF_HEADER, HALF_BODY, b""], ids=["headers", "body", "nothing"])
def test_a_connection_on_which_a_request_comes_too_slowly_is_closed_though_it_drips(half):
    site = Site(patience=1)
    with site.send(half) as client:
        client.settimeout(0.3)
        for _ in range(60):
            try:
                if half:
                    client.send(b"a")
                if client.recv(1) == b"":
                    break
            except TimeoutError:
                continue
            except (ConnectionResetError, BrokenPipeError):
                break
        else:
            pytest.fail("the connection is still open")
    site.process.terminate()
    assert site.process.wait(20) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_finishes_what_has_begun_and_takes_no_more(number):
    site, answers = Site(patience=20), []
    asked = threading.Thread(target=lambda: answers.append(site.ask("/hold")[0]))
    asked.start()
    idle = site.send(HALF_HEADER)
    time.sleep(1)
    site.process.send_signal(number)
    assert site.process.wait(20) == 0
    asked.join()
    idle.close()
    assert answers == [200]
    with pytest.raises(ConnectionRefusedError):
        site.ask("/")


def test_several_processes_share_a_port():
    first = Site(patience=20)
    second = start(first.port, 20)
    try:
        time.sleep(2)
        assert second.poll() is None
        first.process.kill()
        first.process.wait()
        for _ in range(5):
            assert first.ask("/")[0] == 200
    finally:
        second.terminate()
        assert second.wait(20) == 0
