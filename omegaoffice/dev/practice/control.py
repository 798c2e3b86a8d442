"""Controls for tests: set faults, read the state, reset. JSON only, so that no page of another site can post."""

from typing import Any

from flask import Blueprint, Response, jsonify, make_response, request

from .faults import FaultError, Faults
from .grants import Grants


def build(faults: Faults, grants: dict[str, Grants]) -> Blueprint:
    """Make the blueprint, mounted at /control."""
    control = Blueprint("control", __name__, url_prefix="/control")

    @control.get("/state")
    def state() -> Response:
        seen: dict[str, Any] = {name: each.summary() for name, each in grants.items()}
        return jsonify(seen | faults.summary())

    @control.post("/faults")
    def put_fault() -> Response:
        body = request.get_json(silent=True)
        if not isinstance(body, dict):
            return _invalid("body", "a JSON object, sent as application/json")
        if unknown := sorted(set(body) - {"target", "kind", "times", "seconds"}):
            return _invalid(unknown[0], "is not a field of a fault")
        try:
            faults.put(body.get("target"), body.get("kind"), times=body.get("times"), seconds=body.get("seconds", 30))
        except FaultError as error:
            return _invalid(error.field, error.rule)
        return jsonify(faults.summary())

    @control.delete("/faults")
    def clear_faults() -> Response:
        faults.clear()
        return jsonify(faults.summary())

    @control.post("/reset")
    def reset() -> Response:
        if not request.is_json:
            return _invalid("body", "a JSON object, sent as application/json")
        faults.clear(calls=True)
        for each in grants.values():
            each.clear()
        return jsonify({})

    return control


def _invalid(field: str, rule: str) -> Response:
    return make_response({"error": "invalid", "field": field, "rule": rule}, 400)
