"""Lines of the platform's streams for tests."""

import io
import uuid

import orjson

AT = "2026-11-20T10:00:00Z"
APP = str(uuid.UUID(int=7))
FIELDS = {
    "apps": {"name": "shop", "provider": "aws", "region": "me-central-1"},
    "usage": {"app": APP, "resource": "compute.small", "quantity": 1.5, "unit": "hour"},
    "metrics": {"app": APP, "name": "latency.p95", "value": 41.5, "unit": "ms"},
    "commands": {"app": APP, "command": "omega run deploy shop", "exit_code": 0},
    "logs": {"app": APP, "level": "info", "text": "GET / 200"},
    "weblog": {"address": "2001:db8::7", "browser": "Mozilla/5.0", "path": "/apps/7", "status": 200, "method": "GET"},
    "automations": {
        "name": "Invoices",
        "on": True,
        "trigger": "mail",
        "actions": ["read"],
        "destinations": ["sheet"],
        "scopes": ["gmail.readonly", "https://www.googleapis.com/auth/spreadsheets"],
    },
    "transfers": {"automation": str(uuid.UUID(int=9)), "kind": "file", "destination": "sheet"},
    "runs": {"automation": str(uuid.UUID(int=9)), "outcome": "succeeded", "details": "3 rows"},
}


def line(stream, account, /, **changes):
    """Return one good line as a dict, with changes."""
    common = {"stream": stream, "id": str(uuid.uuid4()), "account": str(account), "time": AT}
    return {**common, **FIELDS[stream], **changes}


def body(*lines):
    """Return lines (dicts or raw bytes) as JSON Lines."""
    return b"".join((found if isinstance(found, bytes) else orjson.dumps(found)) + b"\n" for found in lines)


def file(*lines):
    """Return lines as a binary stream."""
    return io.BytesIO(body(*lines))
