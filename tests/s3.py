"""A real S3 server on loopback, for the apps that keep files in a bucket."""

from contextlib import contextmanager
from urllib.request import Request, urlopen

import boto3
from moto.server import ThreadedMotoServer

from omegaoffice.settings.services import s3_options


@contextmanager
def s3_server(bucket):
    """Yield a client and django-storages' options for an empty bucket of this name."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        # One memory serves every such server of a process.
        urlopen(Request(f"http://{host}:{port}/moto-api/reset", method="POST")).close()
        options = s3_options(f"s3://key:secret@{host}:{port}/{bucket}?tls=0")
        keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
        client = boto3.client("s3", endpoint_url=options["endpoint_url"], **keys)
        client.create_bucket(Bucket=bucket)
        yield client, options
        client.close()
    finally:
        server.stop()
