"""Put the archive together from its segments, sign the manifest, and offer it."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings

from audit import checkpoints, csv_view, ocsf, proofs, sides
from audit.bundle import archive
from audit.bundle.frames import Digest, pack
from audit.events import EXPORT_FINISHED
from audit.export_states import ExportError, ExportState
from audit.hashing import HASH_BYTES
from audit.models import Checkpoint, Export, ExportSegment
from audit.notes import Checkpoint as Head
from audit.notes import Note, NoteError
from audit.tiles import read_tiles
from audit.tree import TILE_WIDTH

from .append import append
from .export_files import ExportFiles
from .export_lease import ACTOR, ExportLease
from .plan_export import ExportFailedError
from .write_segment import Digests

#: tiles of leaf hashes in one read
_TILES = 64


class Archive:
    """The archive in the making: `chunks` streams it, compressed; the digests are known once it has ended."""

    def __init__(
        self, export: Export, segments: list[ExportSegment], digests: Digests, files: ExportFiles, made_at: datetime
    ) -> None:
        self._export = export
        self._segments = segments
        self._digests = digests
        self._files = files
        self._made_at = made_at
        self._bundled: list[archive.Bundled] = []
        # Size 0 is the size of no checkpoint.
        self._checkpoint = Checkpoint.objects.get(size=export.checkpoint_size or 0)
        self._range = export.first_index or 0, export.end_index or 0
        self._sum = Digest()
        self.manifest_sha256 = ""

    @property
    def size(self) -> int:
        """Return the bytes of the archive so far."""
        return self._sum.size

    @property
    def sha256(self) -> str:
        """Return the digest of the archive so far."""
        return self._sum.hexdigest

    def chunks(self, beat: Callable[[], None]) -> Iterator[bytes]:
        """Yield the archive; calls `beat` between chunks. Raises ExportFailedError, CannotCheckError, OSError."""
        for chunk in self._members():
            beat()
            self._sum.update(chunk)
            yield chunk

    def _members(self) -> Iterator[bytes]:
        head, digests = checkpoints.opened(self._checkpoint.note.encode()), self._digests
        yield from self._grown(0, archive.EVIDENCE, digests.evidence, b"")
        yield from self._hashes(head.root)
        first, end = self._range
        roots = proofs.subtree_roots(0, first, read_tiles) + proofs.subtree_roots(end, head.size, read_tiles)
        yield from self._small("range-proof", archive.hash_lines(roots))
        yield from self._grown(1, archive.CSV, digests.csv, csv_view.HEADER)
        yield from self._grown(2, archive.OCSF, digests.ocsf, ocsf.HEADER)
        yield from self._small("checkpoint", checkpoints.cosigned(head.size))
        earlier = self._earlier()
        if earlier is not None:
            yield from self._small("previous-checkpoint", checkpoints.cosigned(earlier.size))
            proof = proofs.consistency(earlier.size, head.size, read_tiles)
            yield from self._small("consistency", archive.hash_lines(proof))
        yield from self._small("verify.py", archive.verifier())
        yield from self._small("README.txt", archive.readme())
        manifest = archive.manifest(
            export=self._export.pk,
            wanted=self._export.filter,
            checkpoint=head,
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
        yield from self._small(archive.MANIFEST, manifest)
        note = Note.sign(archive.note_text(head.origin, manifest), *checkpoints.signers())
        yield from self._small(archive.MANIFEST_NOTE, note.encode())
        yield self._packed(archive.END)

    def _earlier(self) -> Head | None:
        """Return the earlier checkpoint; None also for one by a key that nobody vouches for any more."""
        stored = Checkpoint.objects.filter(size=self._export.previous_size or 0).first()
        try:
            return checkpoints.opened(stored.note.encode()) if stored else None
        except NoteError:
            return None

    def _packed(self, data: bytes) -> bytes:
        return pack(self._export.compress, data)

    def _header(self, name: str, size: int, begin: bytes = b"") -> bytes:
        return self._packed(archive.header(self._export.pk, name, size, self._made_at) + begin)

    def _end(self, name: str, digest: Digest) -> bytes:
        self._bundled.append(archive.Bundled(name, digest.size, digest.hexdigest))
        return self._packed(archive.padding(digest.size))

    def _small(self, name: str, data: bytes) -> Iterator[bytes]:
        self._bundled.append(archive.Bundled(name, len(data), sha256(data).hexdigest()))
        yield self._packed(
            archive.header(self._export.pk, name, len(data), self._made_at) + data + archive.padding(len(data))
        )

    def _grown(self, place: int, name: str, digest: Digest, begin: bytes) -> Iterator[bytes]:
        """Yield a file that lies in the segments, which are compressed already."""
        yield self._header(name, digest.size, begin)
        for segment in self._segments:
            start = sum(packed for packed, _ in segment.sizes[:place])
            with self._files.open(segment.stored_name) as reader:
                yield from reader.read_range(start, start + segment.sizes[place][0])
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


def finish_export(lease: ExportLease, segments: Iterable[ExportSegment], digests: Digests, files: ExportFiles) -> None:
    """Store the archive, then offer it and log its digest in one transaction."""
    export, now = lease.export, lease.clock()
    if export.done != export.expected:
        raise ExportFailedError(ExportError.DIFFERS)
    made = Archive(export, list(segments), digests, files, now)
    name = files.save(made.chunks(lease.beat), lease.storing)
    now = lease.clock()
    with sides.atomic():
        lease.hold(
            state=ExportState.FINISHED,
            stored_name=name,
            archive_size=made.size,
            archive_sha256=made.sha256,
            manifest_sha256=made.manifest_sha256,
            finished_at=now,
            expires_at=now + timedelta(days=settings.AUDIT_EXPORT_DAYS),
        )
        Export.objects.filter(pk=export.pk).update(lease_until=None)
        append(
            EXPORT_FINISHED,
            actor=ACTOR,
            subject=None,
            now=now,
            payload={
                "export": str(export.pk),
                "case": export.wanted.case or None,
                "manifest": made.manifest_sha256,
                "entries": export.done,
                "disclosures": export.disclosures,
                "checkpoint": export.checkpoint_size,
                "first": export.first_index,
                "end": export.end_index,
                "bytes": made.size,
            },
        )
    files.clear(keep=[name])
