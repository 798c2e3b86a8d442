"""Assemble the package from the parts, in constant memory."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from zipfile import ZIP_DEFLATED

from zipstream.ng import ZipStream

from accounts.personaldata.categories import category_named
from accounts.personaldata.portable import csv_metadata_of, schema_of
from cases.log_case import log_case
from core.encrypted_files import EncryptedFile, open_file
from core.errors import DecryptionError
from rights import events
from rights.mentions import mentions_in
from rights.models import Package, RightsRequest, Step
from rights.states import Kind, StepStatus, Verb
from vault.services import Decryptor, decryptor

from .csv_file import read_records, write_csv
from .package import MANIFEST, NOTE, Contents, Section, as_json, facts_of, index_pages, manifest, sign
from .plan import fields_of
from .steps import Attempt, StepResult, store_result

#: of deflate, from 1 to 9: what more costs saves little
_LEVEL = 2
#: bytes of a part whose CSV is made in memory: a size that is known beforehand spares the ZIP its 64-bit extension
_SMALL = 1 << 20


def _plain(part: Step, opened: Decryptor) -> Iterator[bytes]:
    """Yield a part's plaintext; raises DecryptionError when it is not what its receipt says."""
    digest = sha256()
    with open_file(part.part, opened.decrypt(part.key_context, bytes(part.part_key or b""))) as reader:
        for chunk in reader.read_range():
            digest.update(chunk)
            yield chunk
    if digest.hexdigest() != (part.receipt or {})["sha256"]:
        raise DecryptionError("A part is not what its receipt says.")


def assemble_package(attempt: Attempt) -> StepResult:
    """Stream the package into storage: each category's files, the pages, and last the manifest with its signature."""
    step, lease = attempt.step, attempt.lease
    opened = decryptor(step.subject, attempt.entry)
    contents = Contents(step.request, attempt.started_at)
    parts = list(Step.objects.filter(request=step.request, verb=Verb.EXPORT).order_by("position"))
    lease.hold(expected=sum((part.receipt or {}).get("bytes", 0) for part in parts))

    def chunks() -> Iterator[bytes]:
        size = 0
        for chunk in _archive(contents, parts, opened):
            yield chunk
            size += len(chunk)
            lease.heartbeat(progress=size)

    stored = store_result(attempt, chunks(), Package(pk=step.pk).key_context)
    return StepResult(len(contents.files) + 2, *stored)


def _archive(contents: Contents, parts: Iterable[Step], opened: Decryptor) -> Iterator[bytes]:
    """Yield the ZIP, one file after the other."""
    zipped = ZipStream(compress_type=ZIP_DEFLATED, compress_level=_LEVEL)
    for part in parts:
        if part.status == StepStatus.EXCLUDED:
            contents.missing.append((category_named(part.holding), part.left_out))
            continue
        for name, data, size in _files_of(contents, part, opened):
            zipped.add(data, name, size=size)
            yield from zipped.all_files()
    for name, page in index_pages(contents):
        zipped.add(contents.add(name, page), name)
    listed = manifest(contents)
    zipped.add(listed, MANIFEST)
    zipped.add(sign(listed), NOTE)
    yield from zipped.finalize()


def _files_of(
    contents: Contents, part: Step, opened: Decryptor
) -> Iterator[tuple[str, bytes | Iterator[bytes], int | None]]:
    """Yield name, content and size of each file of a data category; a size is known of what is streamed as it was."""
    category, receipt, kind = category_named(part.holding), part.receipt or {}, contents.request.kind
    fields, name = fields_of(category, kind), f"data/{category.name}"
    contents.add_known(f"{name}.json", receipt["bytes"], receipt["sha256"], records=receipt["count"])
    yield f"{name}.json", _plain(part, opened), receipt["bytes"]
    section = Section(category, fields, receipt["count"], mentions_in(part, told=True))
    rows = write_csv([*fields], read_records(_plain(part, opened)), section.first)
    if receipt["bytes"] < _SMALL:
        yield f"{name}.csv", contents.add(f"{name}.csv", b"".join(rows)), None
    else:
        yield f"{name}.csv", contents.passed(f"{name}.csv", rows), None
    described = {f"{name}.facts.json": facts_of(category, fields)}
    if kind == Kind.PORTABILITY:
        described |= {
            f"schemas/{category.name}.schema.json": schema_of(category),
            f"{name}.csv-metadata.json": csv_metadata_of(category),
        }
    for each, text in described.items():
        yield each, contents.add(each, as_json(text)), None
    contents.sections.append(section)


def keep_package(
    request: RightsRequest, file: EncryptedFile, result: StepResult, *, made_at: datetime, now: datetime
) -> None:
    """Store the package's row, with the id of the step that made it; call it in the transaction that finishes the step.

    `made_at` is the time that the package itself states: when its step began.
    """
    step = Step.objects.get(request=request, verb=Verb.ASSEMBLE)
    # Made anew after an officer excluded a data category, it takes the place of the first.
    package, _created = Package.objects.update_or_create(
        pk=step.pk,
        defaults={
            "request": request,
            "subject": request.subject,
            "name": file.name,
            "size": file.size,
            "sha256": file.sha256,
            "files": result.count,
            "sealed_key": result.sealed_key,
            "made_at": made_at,
        },
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
