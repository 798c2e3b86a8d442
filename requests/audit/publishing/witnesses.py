"""Witnesses (C2SP tlog-witness): their configuration and their answers."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from audit.errors import DeliveryError
from audit.merkle.cosignatures import Cosigner
from audit.merkle.signed_notes import NoteError, Signature

from .ssrf_safe_post import HttpAnswer

_SIZE_KIND = "text/x.tlog.size"
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n")


@dataclass(frozen=True)
class Witness:
    """Somebody outside who signs that they saw a checkpoint and that it continues the last one they saw."""

    key: Cosigner
    #: the submission prefix, without a slash at its end
    url: str
    every: ClassVar[timedelta] = timedelta(0)

    @property
    def name(self) -> str:
        """Return its name in deliveries."""
        return f"witness {self.key.name}"


def configured() -> list[Witness]:
    """Return the witnesses of OFFICE_WITNESSES; raises ImproperlyConfigured naming what is wrong in it."""
    parts = settings.OFFICE_WITNESSES.split()
    if len(parts) % 2:
        raise ImproperlyConfigured("OFFICE_WITNESSES must be pairs of a verifier key and a URL, separated by spaces.")
    found = [_parse(key, url) for key, url in zip(parts[::2], parts[1::2], strict=True)]
    if len({witness.name for witness in found}) < len(found):
        raise ImproperlyConfigured("OFFICE_WITNESSES names a witness twice.")
    return found


def _parse(key: str, url: str) -> Witness:
    try:
        cosigner = Cosigner.parse(key)
    except NoteError as error:
        raise ImproperlyConfigured(f"OFFICE_WITNESSES: {key!r} is not a witness's key: {error}.") from None
    if not url.startswith(("https://", "http://")):
        raise ImproperlyConfigured(f"OFFICE_WITNESSES: {url!r} is not a URL.")
    return Witness(cosigner, url.rstrip("/"))


def size_in(answer: HttpAnswer) -> int:
    """Return the size that a 409 names; raises DeliveryError for any other content."""
    match = _SIZE.fullmatch(answer.body) if answer.kind == _SIZE_KIND else None
    if match is None:
        raise DeliveryError("The witness answered 409 without the size that it has seen.")
    return int(match[1])


def signatures_in(answer: HttpAnswer) -> list[Signature]:
    """Return the signature lines of an answer of 200; raises DeliveryError when it is anything else."""
    if not answer.body.endswith(b"\n"):
        raise DeliveryError("The witness answered without a signature line: it ends in no newline.")
    try:
        return [Signature.parse(line) for line in answer.body[:-1].decode().split("\n")]
    except (UnicodeDecodeError, NoteError) as error:
        raise DeliveryError(f"The witness answered without a signature line: {error}.") from None
