"""System checks of the log's settings."""

from collections.abc import Callable, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from .errors import CannotCheckError
from .merkle.signed_notes import NoteError
from .publishing import timestamps, witnesses
from .tree import checkpoints


@register
def log_settings_are_sound(**_options: Any) -> Sequence[CheckMessage]:
    """Report keys, witnesses and certificates of the log that cannot be read."""
    settings: list[tuple[str, Callable[[], object]]] = [
        ("OFFICE_LOG_KEY", checkpoints.signers),
        ("OFFICE_LOG_VERIFIERS", _verifiers),
        ("OFFICE_WITNESSES", witnesses.configured),
        ("OFFICE_TSA_ROOTS", timestamps.configured),
    ]
    found = []
    for name, read in settings:
        try:
            read()
        except (ImproperlyConfigured, CannotCheckError) as error:
            found.append(Error(str(error), id="audit.E001"))
        except NoteError as error:
            found.append(Error(f"{name}: {error}.", id="audit.E001"))
    return found


def _verifiers() -> None:
    try:
        checkpoints.verifiers()
    except CannotCheckError:
        return  # most processes need no key; a bad OFFICE_LOG_KEY is reported above
