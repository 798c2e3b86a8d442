"""RFC 3161 timestamps of checkpoints: request one from an authority, verify and store the answer."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

from cryptography import x509
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from rfc3161_client import TimestampRequestBuilder, VerificationError, VerifierBuilder, decode_timestamp_response

from audit.errors import DeliveryError
from audit.tree.models import StoredCheckpoint, TimeStamp

from . import ssrf_safe_post

_QUERY, _REPLY = "application/timestamp-query", "application/timestamp-reply"
_OK = 200
_HASHES = {"2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.2": "sha384", "2.16.840.1.101.3.4.2.3": "sha512"}


@dataclass(frozen=True)
class Authority:
    """A time-stamping authority, and the root certificates that its answers must chain to."""

    url: str
    roots: tuple[x509.Certificate, ...]
    name: ClassVar[str] = "time-stamping authority"
    every: ClassVar[timedelta] = timedelta(hours=1)

    def deliver(self, checkpoint: StoredCheckpoint, now: datetime) -> None:  # noqa: ARG002  the authority's clock counts
        """Store the authority's verified answer (DER) over the signed note; raises DeliveryError with a sentence."""
        note = checkpoint.note.encode()
        request = TimestampRequestBuilder().data(note).build()
        answer = ssrf_safe_post.post(self.url, request.as_bytes(), kind=_QUERY)
        if answer.status != _OK or answer.kind != _REPLY:
            raise DeliveryError(f"The time-stamping authority answered {answer.status}, without a timestamp.")
        verifier = VerifierBuilder.from_request(request)
        for root in self.roots:
            verifier = verifier.add_root_certificate(root)
        try:
            response = decode_timestamp_response(answer.body)
            verifier.build().verify_message(response, note)
        except (VerificationError, ValueError) as error:
            raise DeliveryError(f"The timestamp cannot be trusted: {error}.") from None
        row = TimeStamp(size=checkpoint.size, stamped_at=response.tst_info.gen_time, response=answer.body)
        TimeStamp.objects.bulk_create([row], ignore_conflicts=True)


def is_over(response: bytes, note: bytes) -> bool:
    """Return whether a stored answer is a timestamp over this note; its signature was verified on arrival."""
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
