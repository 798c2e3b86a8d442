"""RFC 8785 canonical JSON within a schema in which each value has one spelling: the bytes of a leaf."""

from types import NoneType
from typing import TYPE_CHECKING, NoReturn

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_BYTES = 65_535  # entry bundles carry a uint16 length
MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 200  # short of where orjson stops (254) and of the interpreter's own limit

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
_SCALARS = frozenset((str, int, bool, NoneType))


class CanonicalError(ValueError):
    """A value outside the schema: `path` is where ("payload.items[2]"), `rule` why; the message has no value."""

    def __init__(self, path: str, rule: str) -> None:
        super().__init__(f"{path or 'value'}: {rule}")
        self.path = path
        self.rule = rule


def encode(value: object) -> bytes:
    """Return the canonical bytes of str, int, bool, None, list and dict (exact types); 65,535 at most.

    CanonicalError for anything else: floats, tuples, subclasses, |n| > 2^53 - 1, non-ASCII keys, surrogates.
    """
    try:
        data = orjson.dumps(value, option=_OPTIONS)
    except TypeError:
        _refuse(value)
    # orjson accepts floats, tuples, dates and enums.
    if not _fits(value):
        _refuse(value)
    if len(data) > MAX_BYTES:
        raise CanonicalError("", f"longer than {MAX_BYTES:,} bytes")
    return data


def _fits(value: object) -> bool:
    """Return whether types and keys are in the schema; orjson has checked depth, integers and text."""
    members: Iterable[object]
    if type(value) is dict:
        if not "".join(value).isascii():
            return False
        members = value.values()
    elif type(value) is list:
        members = value
    else:
        return type(value) in _SCALARS
    # A plain loop takes half the time of all() over a generator.
    for member in members:  # noqa: SIM110
        if type(member) not in _SCALARS and not _fits(member):
            return False
    return True


def _refuse(value: object) -> NoReturn:
    """Raise the error that names the first fault; slow, so only called for a value that does not fit."""
    raise _find(value, "", 0) or CanonicalError("", "cannot be written as canonical JSON")


def _find(value: object, path: str, depth: int) -> CanonicalError | None:
    """Return the first fault at or below `path`, in the order of the members."""
    if depth > MAX_DEPTH:
        return CanonicalError(path, "nested too deeply")
    members: Iterable[tuple[str, object]]
    if type(value) is dict:
        if any(type(key) is not str for key in value):
            return CanonicalError(path, "a key is not a string")
        if not all(key.isascii() for key in value):
            return CanonicalError(path, "a key is not ASCII")
        members = ((f"{path}.{key}" if path else key, member) for key, member in value.items())
    elif type(value) is list:
        members = ((f"{path}[{index}]", member) for index, member in enumerate(value))
    else:
        rule = _scalar_rule(value)
        return CanonicalError(path, rule) if rule else None
    faults = (_find(member, where, depth + 1) for where, member in members)
    return next((fault for fault in faults if fault), None)


def _scalar_rule(value: object) -> str | None:
    """Return the rule that a single value breaks, or None."""
    if type(value) not in _SCALARS:
        return f"{type(value).__name__} is not in the schema: str, int, bool, None, list and dict are"
    if type(value) is int and abs(value) > MAX_INTEGER:
        return "an integer must be smaller than 2^53"
    if type(value) is str:
        try:
            value.encode()
        except UnicodeEncodeError:
            return "the text holds a lone surrogate"
    return None
