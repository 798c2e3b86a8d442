"""Controls for tests: faults, what was seen, start afresh. JSON only: no page of another site can post."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from .book import Book
from .faults import FaultError, Faults


def build(faults: Faults, books: dict[str, Book]) -> Blueprint:
    """Make the blueprint, mounted at /control."""
    control = Blueprint("control", __name__, url_prefix="/control")

    @control.get("/state")
    def state() -> Response:
        seen: dict[str, Any] = {name: book.summary() for name, book in books.items()}
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
        for book in books.values():
            book.clear()
        return jsonify({})

    return control


def _invalid(field: str, rule: str) -> Response:
    answer = jsonify({"error": "invalid", "field": field, "rule": rule})
    answer.status_code = 400
    return answer
