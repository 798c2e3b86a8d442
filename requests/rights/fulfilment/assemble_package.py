"""Assemble the package from the parts, in constant memory."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from zipfile import ZIP_DEFLATED

import orjson
from zipstream.ng import ZipStream

from accounts.personaldata.categories import category_named
from cases.log_case import log_case
from core.encrypted_files import EncryptedFile, open_file
from core.errors import DecryptionError
from core.files import DecryptingReader
from rights import events
from rights.models import Package, RightsRequest, Step
from rights.states import StepStatus, Verb
from vault.services import Decryptor, decryptor

from .package import Contents, Section, facts_of, index_page, manifest
from .steps import Attempt, StepResult, store_result

#: records of each data category that the page itself shows
FIRST_RECORDS = 20
_LONGEST_LINE = 1_000_000


def _open(part: Step, opened: Decryptor) -> DecryptingReader:
    return open_file(part.part, opened.decrypt(part.key_context, bytes(part.part_key or b"")))


def _plain(part: Step, opened: Decryptor) -> Iterator[bytes]:
    """Yield a part's plaintext; raises DecryptionError when it is not what its receipt says."""
    digest = sha256()
    with _open(part, opened) as reader:
        for chunk in reader.read_range():
            digest.update(chunk)
            yield chunk
    if digest.hexdigest() != (part.receipt or {})["sha256"]:
        raise DecryptionError("A part is not what its receipt says.")


def _first_records(part: Step, opened: Decryptor) -> list[dict[str, object]]:
    """Return the first records of a part, which holds one on each line; overlong ones are only in the file."""
    found: list[dict[str, object]] = []
    with _open(part, opened) as reader:
        rest = b""
        for chunk in reader.read_range():
            *lines, rest = (rest + chunk).split(b"\n")
            found += [orjson.loads(line.rstrip(b",")) for line in lines if line.startswith(b"{")]
            if len(found) >= FIRST_RECORDS or len(rest) > _LONGEST_LINE:
                break
    return found[:FIRST_RECORDS]


def assemble_package(attempt: Attempt) -> StepResult:
    """Stream the package into storage: the page, each category's records and facts, the manifest last."""
    step, lease = attempt.step, attempt.lease
    opened = decryptor(step.subject, attempt.entry)
    contents = Contents(step.request, attempt.started_at)
    zipped = ZipStream(compress_type=ZIP_DEFLATED, compress_level=6)
    parts = list(Step.objects.filter(request=step.request, verb=Verb.EXPORT).order_by("position"))
    lease.hold(expected=sum((part.receipt or {}).get("bytes", 0) for part in parts))
    for part in parts:
        category = category_named(part.holding)
        if part.status == StepStatus.EXCLUDED:
            contents.missing.append((category, part.left_out))
            continue
        receipt = part.receipt or {}
        contents.sections.append(Section(category, receipt["count"], _first_records(part, opened)))
        contents.add_known(f"data/{category.name}.json", receipt["bytes"], receipt["sha256"], records=receipt["count"])
        zipped.add(_plain(part, opened), f"data/{category.name}.json", size=receipt["bytes"])
        facts = orjson.dumps(facts_of(category), option=orjson.OPT_INDENT_2)
        zipped.add(contents.add(f"data/{category.name}.facts.json", facts), f"data/{category.name}.facts.json")
    zipped.add(contents.add("index.html", index_page(contents).encode()), "index.html")
    zipped.add(manifest(contents), "manifest.json")

    def chunks() -> Iterator[bytes]:
        size = 0
        for chunk in zipped:
            yield chunk
            size += len(chunk)
            lease.heartbeat(progress=size)

    stored = store_result(attempt, chunks(), Package(pk=step.pk).key_context)
    return StepResult(len(contents.files) + 1, *stored)


def keep_package(
    request: RightsRequest, file: EncryptedFile, result: StepResult, *, made_at: datetime, now: datetime
) -> None:
    """Store the package's row, with the id of the step that made it; call it in the transaction that finishes the step.

    `made_at` is the time that the package itself states: when its step began.
    """
    step = Step.objects.get(request=request, verb=Verb.ASSEMBLE)
    package = Package.objects.create(
        pk=step.pk,
        request=request,
        subject=request.subject,
        name=file.name,
        size=file.size,
        sha256=file.sha256,
        files=result.count,
        sealed_key=result.sealed_key,
        made_at=made_at,
    )
    log_case(
        events.PACKAGE_ASSEMBLED,
        request,
        now=now,
        personal={"sha256": package.sha256},
        package=str(package.pk),
        files=package.files,
        bytes=package.size,
    )
