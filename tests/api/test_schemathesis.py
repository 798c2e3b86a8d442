"""The whole API by its own description, as everybody who may call it: no 5xx, no answer that is not described, nothing
of another person. `make test` draws a few examples of each call, `make test-long` many."""

import time
from uuid import uuid4

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings as property_settings, strategies
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.transport.serialization import serialize_binary
from schemathesis.transport.wsgi import WSGI_TRANSPORT

from accounts.identity.roles import Role
from accounts.identity.services import make_user_token, open_scopes
from accounts.workloads.models import ServiceToken
from accounts.workloads.services import make_token
from audit.exports.request_export import request_export
from audit.log.actors import machine
from audit.search.filters import Filter
from audit.tokens.services import make_reader_token
from core import db
from core.token_authentication import CallerThrottle
from tests.permissions.samples import make_samples
from tests.signin import set_up_totp
from tests.stream_lines import body, line

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
#: who calls → the parts of the API that their token opens
CALLERS = {
    "anonymous": (),
    "user": ("me",),
    "other user": ("me",),
    "support": ("me", "staff"),
    "privacy officer": ("me", "staff"),
    "auditor": ("me", "staff"),
    "administrator": ("me", "staff"),
    "reader token": ("audit",),
    "service token": ("ingest", "platform"),
}
_STAFF = {"auditor": Role.AUDITOR, "administrator": Role.ADMINISTRATOR}


def send_lines(_context, value):
    """Send a good line, and the bytes that were drawn as others."""
    return {"data": body(line("usage", uuid4())) + serialize_binary(value)}


for register in (schemathesis.serializer, WSGI_TRANSPORT.serializer):
    register("application/x-ndjson", "application/jsonl")(send_lines)


@pytest.fixture
def schema(office, monkeypatch):
    """The description as the office serves it, and no limit of calls."""
    monkeypatch.setattr(CallerThrottle, "allow_request", lambda *_: True)
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/schema.json", WSGIHandler())
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def token_of(caller, samples, make_staff):
    """Return the text of the caller's token, with every scope that it may have."""
    now = timezone.now()
    if caller == "anonymous":
        return None
    if caller == "reader token":
        with db.use_role("staff"):
            facts = {"scopes": ["entries", "export"], "days": 9, "actor": machine("console"), "now": now}
            token, text = make_reader_token("fuzzer", **facts)
            reader = machine(f"reader.{token.id.hex}")
            samples.parts["own_export_id"] = request_export(Filter(), actor=reader, now=now).pk
            return text
    if caller == "service token":
        with db.use_role("staff"):
            return make_token("fuzzer", scopes=ServiceToken.SCOPES, actor=machine("console"), now=now)[1]
    person = samples.people.get(caller) or make_staff(caller, _STAFF[caller])
    if person.is_staff:
        set_up_totp(person)
    return make_user_token(person, "fuzzer", scopes=[str(scope) for scope in open_scopes(person)], days=1, now=now)[1]


def forbidden(caller, samples):
    """Return what no answer to this caller may hold."""
    layla = samples.people["user"]
    found = {*samples.secrets, *(set() if caller == "user" else samples.own_texts)}
    # The log, and who works on her requests, name her; other people never learn that there is somebody.
    if caller in {"anonymous", "other user"}:
        found |= {layla.reference, layla.username, layla.email, samples.parts["reference"]}
    return found


def known_values(samples):
    """Return parameter → what it may name: things of layla's, and an export of the caller's own."""
    own = {name: str(value) for name, value in samples.parts.items()}
    approval = samples.addresses["/settings/permissions/<slug:reference>/"].rstrip("/").rpartition("/")[2]
    found = {name: [own[name]] for name in ("export_id", "order_id", "app", "subject", "stream")}
    found["export_id"] += [own[name] for name in ("own_export_id",) if name in own]
    found |= {"entry": [own["entry_id"]], "from": ["1"], "to": ["2"], "provider": ["mixpanel"]}
    return {**found, "reference": [own["reference"], approval], "act": ["take", "release", "refuse"]}


def call_all(schema, caller, samples, token, examples, seconds):
    """Call every operation with drawn requests, check each answer, and return what was found of each operation."""
    known, canaries = known_values(samples), forbidden(caller, samples)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    calls, broken, until = 0, {}, [0.0]
    for operation in (found.ok() for found in schema.get_all_operations()):
        is_open = operation.path.split("/")[3] in CALLERS[caller]
        until[0] = time.monotonic() + seconds / 20  # some operations need little of their share
        cases = operation.as_strategy() | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

        @property_settings(
            max_examples=examples if is_open else 2,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=cases, draw=strategies.data())
        def check(case, draw):
            nonlocal calls
            for drawn in (case.path_parameters or {}, case.query or {}):
                for name in sorted({*drawn} & {*known}):
                    if draw.draw(strategies.sampled_from([True, True, False])):
                        drawn[name] = draw.draw(strategies.sampled_from(known[name]))
            if time.monotonic() > until[0]:
                return
            response = case.call(headers=headers)
            case.validate_response(response, checks=CHECKS)
            text = response.content.decode("utf-8", "replace")
            assert not [canary for canary in canaries if canary in text]
            calls += 1

        try:
            check()
        except (AssertionError, FailureGroup) as error:
            broken[operation.label] = str(error)
    assert not broken, "\n\n".join(f"{label}: {found}" for label, found in broken.items())
    return calls


def run(schema, caller, make_user, make_staff, **limits):
    """Make an office with samples and call it; return how many calls there were."""
    samples = make_samples("other user", make_user, make_staff)
    return call_all(schema, caller, samples, token_of(caller, samples, make_staff), **limits)


@pytest.mark.parametrize("caller", CALLERS)
def test_the_api_keeps_to_its_description_and_tells_nothing_of_others(schema, caller, make_user, make_staff):
    assert run(schema, caller, make_user, make_staff, examples=40, seconds=20) > 31


@pytest.mark.long
@pytest.mark.parametrize("caller", CALLERS)
def test_the_same_with_many_examples(schema, caller, make_user, make_staff):
    assert run(schema, caller, make_user, make_staff, examples=150, seconds=90) > 31
