"""Assemble the archive from its segments, sign the manifest, and offer the download."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings

from audit.log.events import EXPORT_FINISHED
from audit.merkle import proofs
from audit.merkle.checkpoint import Checkpoint
from audit.merkle.hashing import HASH_BYTES
from audit.merkle.signed_notes import Note, NoteError
from audit.merkle.tree import TILE_WIDTH
from audit.tree import checkpoints
from audit.tree.models import StoredCheckpoint
from audit.tree.tiles import read_tiles
from core import db
from core.leases import Lease

from . import csv_format, ocsf
from .bundle import archive as bundle
from .bundle.frames import Digest, pack
from .files import ExportFiles
from .log_export import log_export
from .models import Export, ExportSegment
from .plan import ExportFailedError
from .segments import Digests
from .states import ExportError, ExportState

#: tiles of leaf hashes in one read
_TILES = 64


class Archive:
    """An archive being made: `chunks` streams it, compressed; `manifest_sha256` is known once it has ended."""

    def __init__(
        self, export: Export, segments: list[ExportSegment], digests: Digests, files: ExportFiles, made_at: datetime
    ) -> None:
        self._export = export
        self._segments = segments
        self._digests = digests
        self._files = files
        self._made_at = made_at
        self._bundled: list[bundle.Bundled] = []
        # Size 0 is the size of no checkpoint.
        self._checkpoint = StoredCheckpoint.objects.get(size=export.checkpoint_size or 0)
        self._range = export.first_index or 0, export.end_index or 0
        self.manifest_sha256 = ""

    def chunks(self, heartbeat: Callable[[], None]) -> Iterator[bytes]:
        """Yield the archive; calls `heartbeat` between chunks. Raises ExportFailedError, CannotCheckError, OSError."""
        for chunk in self._members():
            heartbeat()
            yield chunk

    def _members(self) -> Iterator[bytes]:
        checkpoint, digests = checkpoints.opened(self._checkpoint.note.encode()), self._digests
        yield from self._assembled(0, bundle.EVIDENCE, digests.evidence, b"")
        yield from self._hashes(checkpoint.root)
        first, end = self._range
        roots = proofs.subtree_roots(0, first, read_tiles) + proofs.subtree_roots(end, checkpoint.size, read_tiles)
        yield from self._small("range-proof", bundle.hash_lines(roots))
        yield from self._assembled(1, bundle.CSV, digests.csv, csv_format.HEADER)
        yield from self._assembled(2, bundle.OCSF, digests.ocsf, ocsf.HEADER)
        yield from self._small("checkpoint", checkpoints.cosigned(checkpoint.size))
        earlier = self._earlier()
        if earlier is not None:
            yield from self._small("previous-checkpoint", checkpoints.cosigned(earlier.size))
            proof = proofs.consistency(earlier.size, checkpoint.size, read_tiles)
            yield from self._small("consistency", bundle.hash_lines(proof))
        yield from self._small("verify.py", bundle.verifier())
        yield from self._small("README.txt", bundle.readme())
        manifest = bundle.manifest(
            export=self._export.pk,
            wanted=self._export.filter,
            checkpoint=checkpoint,
            previous=earlier,
            first=first,
            end=end,
            entries=self._export.done,
            disclosures=self._export.disclosures,
            missing=self._export.disclosures_missing,
            files=self._bundled,
            made_at=self._made_at,
        )
        self.manifest_sha256 = sha256(manifest).hexdigest()
        yield from self._small(bundle.MANIFEST, manifest)
        note = Note.sign(bundle.note_text(checkpoint.origin, manifest), *checkpoints.signers())
        yield from self._small(bundle.MANIFEST_NOTE, note.encode())
        yield self._packed(bundle.END)

    def _earlier(self) -> Checkpoint | None:
        """Return the earlier checkpoint; None also for one by a key that is no longer trusted."""
        stored = StoredCheckpoint.objects.filter(size=self._export.previous_size or 0).first()
        try:
            return checkpoints.opened(stored.note.encode()) if stored else None
        except NoteError:
            return None

    def _packed(self, data: bytes) -> bytes:
        return pack(self._export.compress, data)

    def _header(self, name: str, size: int, begin: bytes = b"") -> bytes:
        return self._packed(bundle.header(self._export.pk, name, size, self._made_at) + begin)

    def _end(self, name: str, digest: Digest) -> bytes:
        self._bundled.append(bundle.Bundled(name, digest.size, digest.hexdigest))
        return self._packed(bundle.padding(digest.size))

    def _small(self, name: str, data: bytes) -> Iterator[bytes]:
        self._bundled.append(bundle.Bundled(name, len(data), sha256(data).hexdigest()))
        yield self._packed(
            bundle.header(self._export.pk, name, len(data), self._made_at) + data + bundle.padding(len(data))
        )

    def _assembled(self, piece: int, name: str, digest: Digest, begin: bytes) -> Iterator[bytes]:
        """Yield a file whose pieces are in the segments, compressed already."""
        yield self._header(name, digest.size, begin)
        for segment in self._segments:
            start = sum(packed for packed, _ in segment.sizes[:piece])
            with self._files.open(segment.stored_name) as reader:
                yield from reader.read_range(start, start + segment.sizes[piece][0])
        yield self._end(name, digest)

    def _hashes(self, root: bytes) -> Iterator[bytes]:
        """Yield the leaf hashes of the range, from the tiles."""
        first, end = self._range
        if proofs.tree_root(self._checkpoint.size, read_tiles) != root:
            raise ExportFailedError(ExportError.DIFFERS)
        size = (end - first) * HASH_BYTES
        digest = Digest()
        yield self._header("hashes", size)
        for low in range(first // TILE_WIDTH, -(-end // TILE_WIDTH), _TILES):
            numbers = range(low, min(low + _TILES, -(-end // TILE_WIDTH)))
            tiles = read_tiles([(0, number) for number in numbers])
            read = b"".join(tiles.get((0, number), b"") for number in numbers)
            part = read[max(0, first - low * TILE_WIDTH) * HASH_BYTES : (end - low * TILE_WIDTH) * HASH_BYTES]
            digest.update(part)
            yield self._packed(part)
        if digest.size != size:
            raise ExportFailedError(ExportError.DIFFERS)
        yield self._end("hashes", digest)


def finish_export(
    lease: Lease[Export], segments: Iterable[ExportSegment], digests: Digests, files: ExportFiles
) -> None:
    """Store the archive, then offer it and log its digest in one transaction."""
    export, made_at = lease.row, lease.clock()
    if export.done != export.expected:
        raise ExportFailedError(ExportError.DIFFERS)
    archive = Archive(export, list(segments), digests, files, made_at)
    stored = files.save(archive.chunks(lease.heartbeat), lease.storing)
    now = lease.clock()
    with db.atomic():
        lease.release(
            state=ExportState.FINISHED,
            stored_name=stored.name,
            archive_size=stored.size,
            archive_sha256=stored.sha256,
            manifest_sha256=archive.manifest_sha256,
            finished_at=now,
            expires_at=now + timedelta(days=settings.AUDIT_EXPORT_DAYS),
        )
        log_export(
            EXPORT_FINISHED,
            export,
            now=now,
            case=export.wanted.case or None,
            manifest=archive.manifest_sha256,
            entries=export.done,
            disclosures=export.disclosures,
            checkpoint=export.checkpoint_size,
            first=export.first_index,
            end=export.end_index,
            bytes=stored.size,
        )
    files.clear(keep=[stored.name])
