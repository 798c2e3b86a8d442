"""What nobody means, in every parameter of every address, as everybody: an answer, and never that something broke."""

import json
import random
import re
import time
import uuid
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest
from django.core.signals import got_request_exception

from accounts.identity.models import User
from core import db
from tests.permissions.parameters import Parameters, parameters
from tests.permissions.people import COLUMNS
from tests.stream_lines import FIELDS, line

#: addresses that take nothing, by their nature
TAKE_NOTHING = [
    "/",
    "/.well-known/security.txt",
    "/accounts/2fa/recovery-codes/",
    "/accounts/2fa/recovery-codes/download/",
    "/accounts/2fa/recovery-codes/generate/",
    "/accounts/sessions/",
    "/accounts/social/connections/",
    "/accounts/social/login/cancelled/",
    "/accounts/social/login/error/",
    "/accounts/social/signup/",
    "/api/",
    "/api/v1/me/held",
    "/api/v1/me/policy",
    "/api/v1/me/token",
    "/livez",
    "/log/checkpoint",
    "/log/verifiers",
    "/log/verify.py",
    "/policy/",
    "/policy/processors/",
    "/readyz",
    "/settings/policy/",
    "/webhooks/google/",  # one raw text, which tests/accounts/connections/test_security_events.py breaks
]
#: seconds for each column in `make test` and in `make test-long`; every address is requested once whatever that takes
SECONDS = 3.0
LONG_SECONDS = 30.0
HOSTILE = (
    "\0",
    "a\0b",
    "\ud800",
    "9" * 40,
    "9" * 5000,
    "-1",
    "9223372036854775808",
    "2147483648",
    "1e999",
    "nan",
    "²",
    "٣",
    "0000-01-01",
    "0001-01-01",
    "0001-01-01T00:00",
    "9999-12-31",
    "9999-12-31T23:59:59",
    "9999-12-31T23:59:59-16:00",
    "10000-01-01",
    "2026-11-20T10:00:00-16:00",
    b64encode(f"2026-11-20T10:00:00-16:00|{uuid.UUID(int=7)}".encode()).decode(),
    b64encode(f"9999-12-31T23:59:59-16:00|{uuid.UUID(int=7)}".encode()).decode(),
    b64encode(f"0001-01-01T00:00:00+16:00|{uuid.UUID(int=7)}".encode()).decode(),
    "2026-10-25T02:30:00",
    "2026-03-29T02:30:00",
    "(",
    "%",
    "\\",
    "[]",
    "\u202e",
    "x" * 2000,
    str(uuid.UUID(int=0)),
    str(uuid.UUID(int=2**128 - 1)),
)
#: what lets a form be read beyond the field that is tried
GOOD = {
    "person": "layla@example.org",
    "query": "layla",
    "kind": "connections.run",
    "start": "2026-11-20T10:00",
    "end": "2026-11-21T10:00",
    "ground": "agreement",
    "reason": "Your upload failed twice on Monday.",
    "reasons": "The third one this week, and nothing has changed.",
    "step": "find",
    "place": "DE",
    "language": "en",
    "time_zone": "Europe/Berlin",
    "username": "layla",
    "email": "canary@example.org",
    "role": "support",
    "roles": "support",
    "note": "Fine.",
    "text": "Called back.",
    "every": "day",
    "compress": "gzip",
    "name": "daily",
    "days": "9",
    "scopes": "entries",
    "answer": "agree",
    "way": "password",
    "from": "1",
    "to": "2",
}
MACHINES = {"service token": "service_token", "reader token": "reader_token", "access token": "user_token"}
_PLACE = re.compile(r"<(?:(\w+):)?(\w+)>|\(\?P<(\w+)>[^)]*\)+")


def quoted(value: str) -> str:
    """Return a value for an address, half surrogate pairs as the bytes that stand for them."""
    return quote(value.encode("utf-8", "surrogatepass"), safe="")


def written(fields: dict[str, str]) -> bytes:
    """Return fields as a browser, or an attacker, sends them."""
    return urlencode([(name, value.encode("utf-8", "surrogatepass")) for name, value in fields.items()]).encode()


class Visits:
    """Requests addresses in somebody's name, and keeps what broke."""

    def __init__(self, visitor, samples, headers):
        self.visitor = visitor
        self.samples = samples
        self.headers = headers
        self.broken = []
        self.error = None

    def note(self, **_more):
        import traceback

        self.error = traceback.format_exc().splitlines()[-1]

    def send(self, method, address, tried, **how):
        self.error = None
        response = self.visitor.client.generic(method, address, headers=self.headers, **how)
        if response.streaming:
            response.close()
        if response.status_code >= 500:
            self.broken.append(f"{method} {address[:200]} {tried}: {response.status_code} {self.error}")
        if address.startswith("/api/v1/") and response.status_code >= 400:
            kind = response.headers["Content-Type"]
            if kind != "application/problem+json":
                self.broken.append(f"{method} {address[:200]} {tried}: {response.status_code} is {kind}")
        if not self.headers:
            self.visitor.come_back()

    def try_fields(self, route, address, fields, tried):
        """Send the fields by query, then by form; to the API as JSON and JSON Lines."""
        joined = "&" if "?" in address else "?"
        self.send("GET", f"{address}{joined}{written(fields).decode()}", tried)
        if route.startswith("/api/v1/ingest/"):
            self.send("POST", address, tried, data=written_lines(fields), content_type="application/x-ndjson")
        elif route.startswith("/api/"):
            kind, key = "application/json", uuid.uuid4().hex
            body = json.dumps({**fields, "filter": fields}).encode()
            self.send("POST", address, tried, data=body, content_type=kind, HTTP_IDEMPOTENCY_KEY=key)
        else:
            kind = "application/x-www-form-urlencoded"
            self.send("POST", address, tried, data=written(fields), content_type=kind)


def written_lines(fields):
    """Return a line of each stream with what it would take of the fields."""
    account = User.objects.values_list("id", flat=True).first()
    lines = [line(stream, account, **{k: v for k, v in fields.items() if k in FIELDS[stream]}) for stream in FIELDS]
    common = {name: fields[name] for name in ("id", "time", "account") if name in fields}
    return "".join(json.dumps({**found, **common}) + "\n" for found in lines).encode()


def tries(found: dict[str, Parameters], chance: random.Random) -> Iterator[tuple[str, str, str]]:
    """Yield (route, where, value): first each address with all of its fields at once, then each field by itself."""
    routes = [route for route, takes in found.items() if takes]
    chance.shuffle(routes)
    for route in routes:
        yield route, "*", chance.choice(HOSTILE[3:])
        yield route, "*", chance.choice(HOSTILE[:3])
    for route in routes:
        if found[route].path:
            yield route, f"<{chance.choice(found[route].path)}>", chance.choice(HOSTILE)
    singly = [
        (route, where, value)
        for route, takes in found.items()
        for where in ("*", *takes.fields, *(f"<{name}>" for name in takes.path))
        for value in HOSTILE
    ]
    chance.shuffle(singly)
    yield from singly


def attempt(visits: Visits, takes: Parameters, route: str, where: str, value: str) -> None:
    """Make one try: all fields, one field beside good ones, or one part of the path."""
    tried = f"{where}={value[:40]!r}"
    if route in visits.samples.renewals:
        visits.samples.renewals[route]()
    if where.startswith("<"):
        filled = _PLACE.sub(
            lambda m: (
                quoted(value) if where == f"<{m[2] or m[3]}>" else str(visits.samples.parts.get(m[2] or m[3], "1"))
            ),
            route,
        ).rstrip("$")
        visits.send("GET", filled, tried)
        visits.send("POST", filled, tried)
        return
    fields = dict.fromkeys(takes.fields, value)
    if where != "*":
        fields = {name: GOOD[name] for name in takes.fields if name in GOOD} | {where: value}
    visits.try_fields(route, visits.samples.address(route), {"next": "/settings/", **fields}, tried)


@pytest.fixture
def visits(arrive, request):
    """Somebody of the column, or a machine with its token, in a place whose clocks change."""
    column = request.getfixturevalue("column")
    visitor, samples = arrive("anonymous" if column in MACHINES else column)
    if visitor.user is not None:
        with db.use_role("default"):
            User.objects.filter(pk=visitor.user.pk).update(time_zone="Europe/Berlin")
    secret = samples.parts.get(MACHINES.get(column, ""))
    found = Visits(visitor, samples, {"Authorization": f"Bearer {secret}"} if secret else {})
    got_request_exception.connect(found.note)
    yield found
    got_request_exception.disconnect(found.note)


def of_column(column):
    found = parameters()
    return {route: takes for route, takes in found.items() if column not in MACHINES or route.startswith("/api/")}


def test_every_address_says_what_it_takes(office):
    assert [route for route, takes in parameters().items() if not takes] == TAKE_NOTHING


def spend(visits, column, seconds):
    """Try each address with all of its fields and by its path, and then as much as fits into the time."""
    found = of_column(column)
    end = time.monotonic() + seconds
    for number, (route, where, value) in enumerate(tries(found, random.Random(column))):
        if number >= 3 * len(found) and time.monotonic() > end:
            break
        attempt(visits, found[route], route, where, value)
    assert sorted(set(visits.broken)) == []


@pytest.mark.parametrize("column", ["anonymous", "user", "privacy officer", "administrator", *MACHINES])
def test_no_value_breaks_a_page(visits, column):
    spend(visits, column, SECONDS)


@pytest.mark.long
@pytest.mark.parametrize("column", [*COLUMNS, *MACHINES])
def test_no_value_breaks_a_page_however_long_one_tries(visits, column):
    spend(visits, column, LONG_SECONDS)
