"""Whoever writes and publishes the policy, and its first version."""

import pytest
from django.utils import translation

from accounts.identity.roles import Role
from accounts.terms import services
from core import db
from tests.policy_versions import AR, EN, FIRST, facts


@pytest.fixture(autouse=True)
def english():
    """Refusals are in the language of whichever request came last."""
    with translation.override("en"):
        yield


@pytest.fixture
def officer(make_staff):
    return make_staff("paula", Role.PRIVACY_OFFICER)


@pytest.fixture
def counsel(make_staff):
    return make_staff("lena", Role.LEGAL_COUNSEL)


@pytest.fixture
def first(now):
    with db.use_role("staff"):
        return services.import_first_version(EN, AR, effective_on=FIRST, summary_en="-", summary_ar="-", now=now)


@pytest.fixture
def draft(first, officer, now):
    with db.use_role("staff"):
        return services.write_version(actor=officer, now=now, **facts(now))
