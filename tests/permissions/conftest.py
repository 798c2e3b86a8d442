"""An office with one of everything, and somebody who visits it."""

import pytest

from tests.permissions.people import Visitor
from tests.permissions.samples import make_samples


@pytest.fixture(autouse=True)
def files(tmp_path, settings):
    """Keep packages and checkpoints in folders of the test's own."""
    local = settings.STORAGES["default"]
    options = {**local["OPTIONS"], "location": str(tmp_path / "files")}
    settings.STORAGES = {**settings.STORAGES, "default": {**local, "OPTIONS": options}}
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")


@pytest.fixture(autouse=True)
def providers(settings):
    """Be known to Google and GitHub."""
    app = {"client_id": "office", "secret": "canary-client-secret", "key": ""}
    known = {name: {**more, "APPS": [app]} for name, more in settings.SOCIALACCOUNT_PROVIDERS.items()}
    settings.SOCIALACCOUNT_PROVIDERS = known


@pytest.fixture
def arrive(make_user, make_staff):
    """Sign in the person of one column to an office with samples: `visitor, samples = arrive("auditor")`."""

    def come(column):
        samples = make_samples(column, make_user, make_staff)
        return Visitor.arriving(column, samples.people.get(column)), samples

    return come
