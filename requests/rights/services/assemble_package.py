"""Put a package together from the parts, in constant memory."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from itertools import islice
from zipfile import ZIP_DEFLATED

import orjson
from django.core.files.storage import default_storage
from zipstream.ng import ZipStream

from audit.services import append
from rights import events
from rights.models import Package, RightsRequest, Step
from rights.package import Contents, Section, facts_of, index_page, manifest
from rights.states import StepStatus, Verb
from vault.errors import SealBrokenError
from vault.services import Unsealer, unsealer
from vault.streams import DecryptingReader

from .export_holding import Made, holding_named
from .lease import ACTOR, Lease, Pulse
from .stored import file_name, sink

#: records of each holding that the page itself shows
SHOWN = 20
_LONGEST_LINE = 1_000_000


def _open(part: Step, opened: Unsealer) -> DecryptingReader:
    key = opened.unseal(part.key_context, bytes(part.part_key or b""))
    return DecryptingReader(default_storage.open(part.part), key)  # type: ignore[arg-type]


def _plain(part: Step, opened: Unsealer) -> Iterator[bytes]:
    """Yield a part's plaintext; it must still be what the receipt says."""
    digest = sha256()
    with _open(part, opened) as reader:
        for chunk in reader.read_range():
            digest.update(chunk)
            yield chunk
    if digest.hexdigest() != (part.receipt or {})["sha256"]:
        raise SealBrokenError("A part is not what its receipt says.")


def _first_records(part: Step, opened: Unsealer) -> list[dict[str, object]]:
    """Return the first records of a part, which holds one on each line; overlong ones are left to the file."""
    found = []
    with _open(part, opened) as reader:
        held = b""
        for chunk in reader.read_range():
            *lines, held = (held + chunk).split(b"\n")
            found += [orjson.loads(line.rstrip(b",")) for line in lines if line.startswith(b"{")]
            if len(found) >= SHOWN or len(held) > _LONGEST_LINE:
                break
    return list(islice(found, SHOWN))


def assemble_package(lease: Lease, pulse: Pulse) -> Made:
    """Stream the package into storage: the page, each holding's records and facts, the manifest last."""
    step = lease.step
    request: RightsRequest = step.request
    opened = unsealer(step.subject, lease.entry)
    contents = Contents(request, lease.started_at)
    zipped = ZipStream(compress_type=ZIP_DEFLATED, compress_level=6)
    parts = list(Step.objects.filter(request=request, verb=Verb.EXPORT).order_by("position"))
    pulse.expect(sum((part.receipt or {}).get("bytes", 0) for part in parts))
    for part in parts:
        holding = holding_named(part.holding)
        if part.status == StepStatus.LEFT_OUT:
            contents.missing.append((holding, part.left_out))
            continue
        receipt = part.receipt or {}
        contents.sections.append(Section(holding, receipt["count"], _first_records(part, opened)))
        contents.add_known(f"data/{holding.name}.json", receipt["bytes"], receipt["sha256"], records=receipt["count"])
        zipped.add(_plain(part, opened), f"data/{holding.name}.json", size=receipt["bytes"])
        facts = orjson.dumps(facts_of(holding), option=orjson.OPT_INDENT_2)
        zipped.add(contents.add(f"data/{holding.name}.facts.json", facts), f"data/{holding.name}.facts.json")
    zipped.add(contents.add("index.html", index_page(contents).encode()), "index.html")
    zipped.add(manifest(contents), "manifest.json")
    with sink() as out:
        for chunk in zipped:
            out.write(chunk)
            pulse.beat(out.size)
        name = out.store(file_name(step, lease.attempt))
        key = out.sealed_key(step.subject, Package(pk=step.pk).key_context)
        return Made(len(contents.files) + 1, out.size, out.sha256, name, key)


def keep_package(request: RightsRequest, made: Made, *, made_at: datetime, now: datetime) -> Package:
    """Keep the package's row, named after the step that made it; called in the transaction that finishes the step.

    `made_at` is the time that the package itself gives: when its step began.
    """
    step = Step.objects.get(request=request, verb=Verb.ASSEMBLE)
    package = Package.objects.create(
        pk=step.pk,
        request=request,
        subject=request.subject,
        name=made.name,
        size=made.size,
        sha256=made.sha256,
        files=made.count,
        sealed_key=made.sealed_key,
        made_at=made_at,
    )
    append(
        events.PACKAGE_ASSEMBLED,
        actor=ACTOR,
        subject=request.subject,
        now=now,
        payload={
            "case": request.reference,
            "package": str(package.pk),
            "files": made.count,
            "bytes": made.size,
        },
        personal={"sha256": made.sha256},
    )
    return package
