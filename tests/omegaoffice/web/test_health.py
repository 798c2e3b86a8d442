"""What monitors and researchers ask for."""

import pytest
from django.urls import reverse

from omegaoffice.web import health


def test_livez_asks_nobody(client):
    assert client.get(reverse("livez")).json() == {"status": "ok"}


def test_readyz_answers_for_every_part(office, client):
    answer = client.get(reverse("readyz"))
    assert answer.status_code == 200
    assert set(answer.json()["checks"]) == {"database", "log", "vault", "broker"}


@pytest.mark.parametrize("part", ["database", "log", "vault", "broker"])
def test_readyz_names_what_is_away(office, client, monkeypatch, part):
    def away():
        raise ConnectionError("secret address")

    monkeypatch.setitem(health.CHECKS, part, away)
    answer = client.get(reverse("readyz"))
    assert answer.status_code == 503
    assert answer.json()["checks"][part] == "away"
    assert b"secret" not in answer.content


def test_security_txt_has_what_rfc_9116_asks_for(client):
    text = client.get(reverse("security_txt")).content.decode()
    assert "Contact: mailto:" in text
    assert "Expires: 20" in text
