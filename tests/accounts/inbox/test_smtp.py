"""Letters over real SMTP: the settings that EMAIL_URL gives, a server that answers."""

import socket

import pytest
from aiosmtpd.controller import Controller
from django.core.mail import EmailMessage, get_connection

from omegaoffice.settings import services


class Box:
    """Keeps what was delivered."""

    def __init__(self):
        self.letters = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802  the name that aiosmtpd calls
        if envelope.rcpt_tos == ["bounce@example.org"]:
            return "550 No such person"
        self.letters.append((envelope.rcpt_tos, envelope.content.decode()))
        return "250 OK"


@pytest.fixture
def server():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(Box(), hostname="127.0.0.1", port=port)
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def connection(server, monkeypatch):
    monkeypatch.setenv("EMAIL_URL", f"smtp://127.0.0.1:{server.port}")
    found = services.mail()
    return get_connection(found["EMAIL_BACKEND"], host=found["EMAIL_HOST"], port=found["EMAIL_PORT"])


def test_a_letter_reaches_the_server(server, connection):
    EmailMessage("Your data is ready", "RR-2026-000001", to=["layla@example.org"], connection=connection).send()
    [(recipients, text)] = server.handler.letters
    assert recipients == ["layla@example.org"]
    assert "RR-2026-000001" in text


def test_a_refused_address_is_an_error_that_posting_catches(server, connection):
    import smtplib

    with pytest.raises(smtplib.SMTPException):
        EmailMessage("x", "x", to=["bounce@example.org"], connection=connection).send()
    assert server.handler.letters == []
