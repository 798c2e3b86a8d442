"""The practice provider with faults on demand: an endpoint answers with an error, or not at all, as /control says."""

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from flask import Blueprint, Flask, Response, current_app, jsonify, make_response, request
from werkzeug.datastructures import ImmutableMultiDict

from omegaoffice.dev.practice import github
from omegaoffice.dev.practice.app import create_app
from omegaoffice.dev.practice.google_data import api_error
from omegaoffice.dev.practice.google_scopes import OPENED_BY
from omegaoffice.dev.practice.grants import Grants
from omegaoffice.dev.practice.risc import SecurityEvents
from tests.dev.practice.risc_control import NO_JSON, add_risc_controls, invalid

KINDS: Final = ("400", "401", "429", "500", "503", "hang")
LONGEST_HANG: Final = 300.0  # seconds


@dataclass
class Fault:
    """One fault: `times` it still happens, or None for until it is cleared; `seconds` is for a hang."""

    kind: str
    times: int | None
    seconds: float


class Faults:
    """The faults set now, by endpoint."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set: dict[str, Fault] = {}
        self._cleared = threading.Event()

    def put(self, target: str, fault: Fault) -> None:
        with self._lock:
            self._set[target] = fault

    def clear(self) -> None:
        """Remove all faults and answer every call that hangs."""
        with self._lock:
            self._set.clear()
            self._cleared.set()
            self._cleared = threading.Event()

    def _next_kind(self, target: str) -> str | None:
        """Return the kind of fault that this call meets, or None. A hang waits here."""
        with self._lock:
            fault = self._set.get(target)
            if fault is None:
                return None
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    del self._set[target]
            cleared = self._cleared
        if fault.kind == "hang":
            cleared.wait(fault.seconds)
            return "504"  # for whoever is still listening
        return fault.kind

    def before_request(self) -> Response | None:
        """Answer with a failure in the provider's shape, if one is set."""
        answer = {"google": _google_failure, "github": _github_failure}.get(str(request.blueprint))
        target = str(request.endpoint)
        kind = self._next_kind(target) if answer else None
        if answer is None or kind is None:
            return None
        special = SPECIAL.get((target, kind))
        return special() if special else answer(int(kind))

    def summary(self) -> dict[str, Any]:
        with self._lock:
            return {target: asdict(fault) for target, fault in self._set.items()}


def _google_failure(status: int) -> Response:
    if str(request.endpoint).removeprefix("google.") in OPENED_BY:
        names = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE"}
        return api_error(status, names.get(status, "INTERNAL"), "A fault that was asked for.")
    bodies = {
        400: {"error": "invalid_token", "error_description": "Token expired or revoked"},
        401: {"error": "invalid_client", "error_description": "Unauthorized"},
        429: {"error": "rate_limit_exceeded", "error_description": "Too many requests"},
    }
    other = {"error": "internal_failure", "error_description": "Backend error"}
    return make_response(bodies.get(status, other), status)


def _github_failure(status: int) -> Response:
    texts = {400: "Problems parsing JSON", 401: "Bad credentials", 429: "API rate limit exceeded"}
    return github.message(status, texts.get(status, "Server Error"))


def _dead_token() -> Response:
    return make_response({"error": "invalid_grant", "error_description": "Token has been expired or revoked."}, 400)


def _forget_asked_scopes() -> None:
    """Let the call go on as if it had asked for no scopes, which is answered with all that were granted."""
    kept = [(name, value) for name, value in request.form.items(multi=True) if name != "scope"]
    request.form = ImmutableMultiDict(kept)


def _end_and_lose_the_answer() -> Response:
    """Do what was asked for, and answer as a gateway that has lost the answer."""
    current_app.view_functions["github.grant"](**(request.view_args or {}))
    return _github_failure(504)


#: Faults of single endpoints: success without doing it, doing it without success, more scopes than asked for, a refresh
#: token that has ended.
SPECIAL: Final[dict[tuple[str, str], Callable[[], Response | None]]] = {
    ("google.revoke", "ignored"): lambda: jsonify({}),
    ("github.grant", "ignored"): lambda: make_response("", 204),
    ("github.grant", "lost"): _end_and_lose_the_answer,
    ("google.token", "wider"): _forget_asked_scopes,
    ("google.token", "invalid_grant"): _dead_token,
}


def _summary(grants: Grants) -> dict[str, Any]:
    """Describe the grants of a provider without a single token value."""
    return {"grants": [{"sub": one.sub, "scopes": sorted(scopes)} for one, scopes in grants.consents.items()]}


def control_pages(faults: Faults, grants: dict[str, Grants], events: SecurityEvents) -> Blueprint:
    """Make the controls for tests: JSON only, so that no page of another site can post."""
    control = Blueprint("control", __name__, url_prefix="/control")
    add_risc_controls(control, events)

    @control.get("/state")
    def state() -> Response:
        return jsonify({name: _summary(each) for name, each in grants.items()} | {"faults": faults.summary()})

    @control.post("/faults")
    def put_fault() -> Response:
        body: Any = request.get_json(silent=True)
        if mistake := _find_mistake(body):
            return invalid(*mistake)
        faults.put(body["target"], Fault(body["kind"], body.get("times"), body.get("seconds", 30)))
        return jsonify(faults.summary())

    @control.delete("/faults")
    def clear_faults() -> Response:
        faults.clear()
        return jsonify(faults.summary())

    @control.post("/reset")
    def reset() -> Response:
        if not request.is_json:
            return invalid("body", NO_JSON)
        faults.clear()
        events.keys.drop_old()
        events.keys.old = None
        for each in grants.values():
            each.clear()
        return jsonify({})

    return control


def create_faulty_app(origins: frozenset[str]) -> Flask:
    """Build the application with its controls."""
    app, faults = create_app(origins), Faults()
    app.before_request(faults.before_request)
    app.register_blueprint(control_pages(faults, app.extensions["grants"], app.extensions["security_events"]))
    return app


def _find_mistake(body: Any) -> tuple[str, str] | None:
    """Return the field and the rule that a request for a fault breaks, if it does."""
    if not isinstance(body, dict):
        return "body", NO_JSON
    if unknown := sorted(set(body) - {"target", "kind", "times", "seconds"}):
        return unknown[0], "is not a field of a fault"
    target, kind, times, seconds = body.get("target"), body.get("kind"), body.get("times"), body.get("seconds", 30)
    kinds = [*KINDS, *(kind for page, kind in SPECIAL if page == target)]
    is_page = isinstance(target, str) and target.startswith(("google.", "github."))
    rules = {
        "target": (is_page and target in current_app.view_functions, "a name such as google.token"),
        "kind": (kind in kinds, f"one of {', '.join(kinds)}"),
        "times": (times is None or (type(times) is int and times > 0), "a whole number above zero, or nothing"),
        "seconds": (type(seconds) in {int, float} and 0 < seconds <= LONGEST_HANG, f"at most {LONGEST_HANG:g}"),
    }
    return next(((field, rule) for field, (is_kept, rule) in rules.items() if not is_kept), None)
