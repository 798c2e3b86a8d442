"""What every token of a machine shares: its rules, its hash, its end."""

from datetime import timedelta

import pytest

from accounts.workloads.models import ServiceToken
from audit.tokens.models import ReaderToken
from core import db
from core.tokens import TokenError

MODELS = [ReaderToken, ServiceToken]


@pytest.fixture(params=MODELS, ids=lambda model: model.__name__)
def model(request, office):
    with db.use_role("staff"), db.atomic():
        yield request.param


def issue(model, text, now, **options):
    return model.issue(text, **{"name": "siem", "scopes": [model.SCOPES[0]], "days": 30, "now": now, **options})


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"days": 0}, "days"),
        ({"days": 367}, "days"),
    ],
)
def test_a_token_that_breaks_a_rule_is_refused_by_field(model, now, options, field):
    with pytest.raises(TokenError) as refused:
        issue(model, model.new_text(), now, **options)
    assert refused.value.field == field
    assert not model.objects.exists()


def test_a_token_is_found_by_its_text_which_is_not_stored(model, now):
    text = model.new_text()
    token = issue(model, text, now)
    assert text.startswith(model.PREFIX)
    assert len(text) == len(model.PREFIX) + 43
    assert text[-20:].encode() not in bytes(token.hash)
    assert token.expires_at == now + timedelta(days=30)
    assert model.with_text(text) == token
    assert model.with_text(text + "x") is None


def test_a_name_is_free_again_once_its_token_is_revoked(model, now):
    token = issue(model, "one", now)
    with pytest.raises(TokenError):
        issue(model, "two", now)
    assert model.revoke("siem", now=now).revoked_at == now
    for gone in ("siem", token.pk):
        with pytest.raises(TokenError):
            model.revoke(gone, now=now)
    assert model.revoke(issue(model, "two", now).pk, now=now).name == "siem"
