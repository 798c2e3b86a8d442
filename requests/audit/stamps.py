"""RFC 3161 time stamps of checkpoints: what is asked of an authority, and whether its answer is to be believed."""

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
