"""The same package in S3-compatible storage, as STORAGE_URL names it, over HTTP."""

import io
import zipfile

import boto3
import pytest
import time_machine
from django.core.files.storage import default_storage
from moto.server import ThreadedMotoServer

from audit import sides
from omegaoffice.settings.services import s3_options
from rights import services
from tests.signin import sign_in


@pytest.fixture
def bucket(files, settings):
    """A bucket in a server of its own on loopback."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    options = s3_options(f"s3://key:secret@{host}:{port}/packages?tls=0")
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=options["endpoint_url"], **keys)
    client.create_bucket(Bucket="packages")
    backend = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "default": backend}
    yield client
    client.close()
    server.stop()


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
def test_a_package_is_kept_delivered_in_ranges_and_removed(
    bucket, client, file_request, user, officer, start, work, now
):
    request = start(file_request(user))
    work(request)
    with sides.acting("staff"):
        services.approve_delivery(request.reference, actor=officer, now=now)
    with sides.acting("worker"):
        services.expire_packages(now=now)

    stored = [item["Key"] for item in bucket.list_objects_v2(Bucket="packages")["Contents"]]
    assert [name.split("/")[1] for name in stored] == ["packages"]
    with default_storage.open(stored[0]) as file:
        assert file.read(4) == b"OFS1"
    address = f"/settings/privacy/requests/{request.reference}/package/"
    with time_machine.travel(now, tick=True):
        sign_in(client, user, fresh=True)
        whole = b"".join(client.get(address).streaming_content)
        rest = b"".join(client.get(address, headers={"Range": "bytes=1000-"}).streaming_content)
    assert zipfile.ZipFile(io.BytesIO(whole)).testzip() is None
    assert rest == whole[1000:]
