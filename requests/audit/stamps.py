"""RFC 3161 time stamps of checkpoints: what is asked of an authority, and whether its answer is to be believed."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

from cryptography import x509
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from rfc3161_client import TimestampRequestBuilder, VerificationError, VerifierBuilder, decode_timestamp_response

from . import client
from .errors import DeliveryError

_ASK, _ANSWER = "application/timestamp-query", "application/timestamp-reply"
_OK = 200
_HASHES = {"2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.2": "sha384", "2.16.840.1.101.3.4.2.3": "sha512"}


@dataclass(frozen=True)
class Authority:
    """A time-stamping authority, and the certificates that its answers must lead to."""

    url: str
    roots: tuple[x509.Certificate, ...]
    name: ClassVar[str] = "time-stamping authority"
    every: ClassVar[timedelta] = timedelta(hours=1)

    def stamp(self, note: bytes) -> tuple[datetime, bytes]:
        """Return when the authority saw the note, by its clock, and its verified answer (DER).

        Raises DeliveryError with a sentence when it does not answer, or not as it should.
        """
        request = TimestampRequestBuilder().data(note).build()
        answer = client.post(self.url, request.as_bytes(), kind=_ASK)
        if answer.status != _OK or answer.kind != _ANSWER:
            raise DeliveryError(f"The time-stamping authority answered {answer.status}, and no time stamp.")
        verifier = VerifierBuilder.from_request(request)
        for root in self.roots:
            verifier = verifier.add_root_certificate(root)
        try:
            response = decode_timestamp_response(answer.body)
            verifier.build().verify_message(response, note)
        except (VerificationError, ValueError) as error:
            raise DeliveryError(f"The time stamp is not to be believed: {error}.") from None
        return response.tst_info.gen_time, answer.body


def is_over(response: bytes, note: bytes) -> bool:
    """Tell whether a stored answer is a time stamp over this note; who signed it was verified when it came."""
    try:
        imprint = decode_timestamp_response(response).tst_info.message_imprint
    except ValueError:
        return False
    name = _HASHES.get(imprint.hash_algorithm.dotted_string)
    return name is not None and hashlib.new(name, note).digest() == imprint.message


def configured() -> list[Authority]:
    """Return the authority of OFFICE_TSA_URL, if there is one; raises ImproperlyConfigured for bad OFFICE_TSA_ROOTS."""
    if not settings.OFFICE_TSA_URL:
        return []
    try:
        roots = x509.load_pem_x509_certificates(Path(settings.OFFICE_TSA_ROOTS).read_bytes())
    except (OSError, ValueError):
        raise ImproperlyConfigured(
            "OFFICE_TSA_ROOTS must name a file of root certificates (PEM), since OFFICE_TSA_URL is set."
        ) from None
    return [Authority(settings.OFFICE_TSA_URL, tuple(roots))]
