"""Controls over security event tokens: any event about anybody, and the signing keys."""

from typing import Any, Final

from flask import Blueprint, Response, jsonify, make_response, request

from omegaoffice.dev.practice.grants import Grants
from omegaoffice.dev.practice.keys import SigningKey, SigningKeys
from omegaoffice.dev.practice.risc import SCHEMAS, TOKEN_REVOKED, SecurityEvents, about_account, about_token, deliver

NO_JSON: Final = "a JSON object, sent as application/json"
OAUTH_EVENTS: Final = {"token-revoked", "tokens-revoked"}
CLAIMS: Final = ("aud", "iss", "iat", "jti")
TYPES: Final[dict[str, type]] = {
    **dict.fromkeys(("event", "sub", "reason", "aud", "iss", "key", "jti"), str),
    "iat": int,
    "deliver": bool,
    "details": dict,
}


class InvalidError(Exception):
    """A field of a request, and the rule that it breaks."""


def invalid(field: str, rule: str) -> Response:
    return make_response({"error": "invalid", "field": field, "rule": rule}, 400)


def add_risc_controls(control: Blueprint, events: SecurityEvents) -> None:
    """Add `/control/risc` and `/control/rotate`."""
    keys = events.keys

    @control.post("/rotate")
    def rotate() -> Response:
        """Make a new signing key, or with `drop` stop publishing those before the current one."""
        body: Any = request.get_json(silent=True)
        if body == {"drop": True}:
            keys.drop_old()
        elif body == {}:
            keys.rotate()
        else:
            return invalid("body", '{} or {"drop": true}, sent as application/json')
        return jsonify({"current": keys.current.kid, "published": [each.kid for each in keys.published]})

    @control.post("/risc")
    def risc() -> Response:
        """Sign a security event token and return it, delivered if asked for.

        `event` is the last part of a type that Google has, or a whole type; `details` go into the event as they are,
        in place of what is there, so that a test can send another subject; the other fields are claims.
        """
        body: Any = request.get_json(silent=True)
        try:
            _check_fields(body)
            event, details = _event(body, events.grants)
            key, address = _key(body.get("key", "current"), keys), _address(events) if body.get("deliver") else None
        except InvalidError as mistake:
            return invalid(*mistake.args)
        token = events.sign(event, details, key, **{name: body[name] for name in CLAIMS if name in body})
        return jsonify({"token": token, "statuses": deliver(address, token) if address else None})


def _check_fields(body: Any) -> None:
    if not isinstance(body, dict):
        raise InvalidError("body", NO_JSON)
    if "event" not in body:
        raise InvalidError("event", "is missing")
    for name, value in body.items():
        if name not in TYPES or type(value) is not TYPES[name]:
            raise InvalidError(name, "is no field of an event, or of another type")


def _event(body: dict[str, Any], grants: Grants) -> tuple[str, dict[str, Any]]:
    """Return the whole type of the event and what it says."""
    event, sub = body["event"], body.get("sub")
    if "://" not in event:
        event = f"{SCHEMAS}/{'oauth' if event in OAUTH_EVENTS else 'risc'}/event-type/{event}"
    details = {"reason": body["reason"]} if "reason" in body else {}
    if event == TOKEN_REVOKED:
        given = [one.refresh_token for one in grants.tokens if one.person.sub == sub and one.refresh_token]
        if not given:
            raise InvalidError("sub", "somebody who gave a refresh token, ended or not")
        details["subject"] = about_token(given[-1])
    elif sub is not None:
        details["subject"] = about_account(sub)
    return event, details | body.get("details", {})


def _key(name: str, keys: SigningKeys) -> SigningKey:
    if name == "unknown":
        return SigningKey()
    key = {"current": keys.current, "old": keys.old}.get(name)
    if key is None:
        raise InvalidError("key", "current, unknown, or old once the keys were rotated")
    return key


def _address(events: SecurityEvents) -> str:
    address = events.receiver()
    if address is None:
        raise InvalidError("deliver", "after a sign-in or a grant, which says where the office is")
    return address
