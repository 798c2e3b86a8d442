"""Services of the workloads."""

from .ingest_stream import ingest_stream as ingest_stream
from .tokens import make_token as make_token
from .tokens import revoke_token as revoke_token
