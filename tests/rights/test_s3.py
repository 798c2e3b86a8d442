"""The same package in S3-compatible storage, as STORAGE_URL names it, over HTTP."""

import io
import zipfile

import pytest
import time_machine
from django.core.files.storage import default_storage

from core import db
from rights import services
from tests.s3 import s3_server
from tests.signin import sign_in


@pytest.fixture
def bucket(files, settings):
    """A bucket in a server of its own on loopback."""
    with s3_server("packages") as (client, options):
        backend = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
        settings.STORAGES = {**settings.STORAGES, "default": backend}
        yield client


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
def test_a_package_is_kept_delivered_in_ranges_and_removed(
    bucket, client, file_request, user, officer, start, work, now
):
    request = start(file_request(user))
    work(request)
    with db.use_role("staff"):
        services.approve_delivery(request.reference, actor=officer, now=now)
    with db.use_role("worker"):
        services.expire_packages(now=now)

    keys = [item["Key"] for item in bucket.list_objects_v2(Bucket="packages")["Contents"]]
    assert [name.split("/")[1] for name in keys] == ["packages"]
    with default_storage.open(keys[0]) as file:
        assert file.read(4) == b"OFS1"
    address = f"/settings/privacy/requests/{request.reference}/package/"
    with time_machine.travel(now, tick=True):
        sign_in(client, user, fresh=True)
        whole = b"".join(client.get(address).streaming_content)
        rest = b"".join(client.get(address, headers={"Range": "bytes=1000-"}).streaming_content)
    assert zipfile.ZipFile(io.BytesIO(whole)).testzip() is None
    assert rest == whole[1000:]
