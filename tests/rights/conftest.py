"""A user who files requests, an officer who works on them, and files in a folder of the test's own."""

import io
import zipfile
from hashlib import sha256

import pytest
from django.core.files.storage import default_storage
from django.db import connections

from accounts.identity.roles import Role
from core import db
from core.files import DecryptingReader
from core.http_range import ByteRange
from rights import services
from rights.models import RightsRequest, Step
from rights.states import Kind
from tests.real_workers import real_workers
from vault.services import decryptor

WHOLE = ByteRange(0, 2, 2, partial=False)


@pytest.fixture(autouse=True)
def files(tmp_path, settings):
    """Keep what a test stores in a folder of its own."""
    folder = tmp_path / "files"
    local = {
        **settings.STORAGES["default"],
        "OPTIONS": {**settings.STORAGES["default"]["OPTIONS"], "location": str(folder)},
    }
    settings.STORAGES = {**settings.STORAGES, "default": local}
    yield folder
    assert default_storage


@pytest.fixture
def commits_last(office, monkeypatch):
    """Have what is committed survive a crash, as in production: the tests' servers do without."""
    monkeypatch.setenv("PGOPTIONS", "-c synchronous_commit=on")
    connections.close_all()


@pytest.fixture
def workers(office, files, settings):
    """Start real workers: `workers()`; all end before the database does."""
    settings.RIGHTS_STEP_LEASE = lease = 3
    checkpoints = settings.AUDIT_CHECKPOINT_DIR
    with real_workers(OFFICE_FILES=files, RIGHTS_STEP_LEASE=lease, AUDIT_CHECKPOINT_DIR=checkpoints) as start:
        yield start


@pytest.fixture
def officer(make_staff):
    """A privacy officer."""
    return make_staff("omar", Role.PRIVACY_OFFICER)


@pytest.fixture
def file_request(now):
    """File an access request: `file_request(user)`."""

    def file(user, *, at=now, kind=Kind.ACCESS, **more):
        with db.use_role("default"):
            return services.receive_request(user, kind=kind, identified=True, now=at, **more)

    return file


@pytest.fixture
def start(now, officer):
    """Take and start a request as the officer."""

    def begin(request, *, at=now):
        with db.use_role("staff"):
            services.take_request(request.reference, actor=officer, now=at)
            return services.start_request(request.reference, actor=officer, now=at)

    return begin


@pytest.fixture
def work(now):
    """Run every step of a request in its order, as the worker would: `work(request)`."""

    def run(request, *, at=now):
        with db.use_role("worker"):
            for step_id in Step.objects.filter(request_id=request.pk).order_by("position").values_list("pk", flat=True):
                services.run_step(step_id, clock=lambda: at)

    return run


@pytest.fixture
def fetch():
    """Read a request anew, as staff see it."""

    def get(request):
        with db.use_role("staff"):
            return RightsRequest.objects.select_related("package").get(pk=request.pk)

    return get


@pytest.fixture
def logged():
    """Return the events of a case in order: `logged("RR-2026-000001")`."""
    from audit.log.models import Entry

    def names(case):
        with db.use_role("auditor"):
            return list(Entry.objects.filter(case_ref=case).order_by("id").values_list("event", flat=True))

    return names


@pytest.fixture
def opened(user, now):
    """Download a request's package: `opened(request)` is a ZipFile."""

    def get(request):
        with db.use_role("default"):
            package, entry = services.record_download(user, request.reference, wanted=WHOLE, now=now)
            key = decryptor(user.reference, entry).decrypt(package.key_context, package.sealed_key)
        with DecryptingReader(default_storage.open(package.name), key) as reader:
            data = b"".join(reader.read_range())
        assert (len(data), sha256(data).hexdigest()) == (package.size, package.sha256)
        return zipfile.ZipFile(io.BytesIO(data))

    return get
