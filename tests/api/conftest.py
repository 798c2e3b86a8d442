"""An office with one of everything, and programs that call its API."""

from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from accounts.identity.services import make_user_token, open_scopes
from tests.permissions.conftest import files, providers  # noqa: F401  fixtures
from tests.permissions.samples import make_samples
from tests.signin import set_up_totp


@pytest.fixture
def samples(make_user, make_staff):
    """One of everything; all of layla's."""
    return make_samples("other user", make_user, make_staff)


def program(person, *scopes, **headers):
    """Return a client with an access token of this person, with all scopes or these."""
    if person.is_staff:
        set_up_totp(person)
    wanted = [str(scope) for scope in scopes or open_scopes(person)]
    _token, text = make_user_token(person, f"p{timezone.now():%f}", scopes=wanted, days=1, now=timezone.now())
    client = Client(headers={"Authorization": f"Bearer {text}", **headers})

    def get(path, status=200, **query):
        answer = client.get(f"/api/v1/{path}", query)
        assert answer.status_code == status, answer.content
        return answer.json()

    def post(path, body=None, status=200, **headers):
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = client.post(f"/api/v1/{path}", body, content_type="application/json", headers=given)
        assert answer.status_code == status, answer.content
        return answer.json()

    return SimpleNamespace(client=client, get=get, post=post)
