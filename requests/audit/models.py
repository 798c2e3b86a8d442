"""The log's tables as Django reads them; SQL in `schema` creates them, services write them."""

import uuid
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from .errors import Contradiction
from .export_states import MAX_ATTEMPTS, ExportError, ExportState
from .filters import Filter

EXPORT_STATES = [
    (ExportState.ASKED.value, _("waiting")),
    (ExportState.RUNNING.value, _("running")),
    (ExportState.PAUSED.value, _("paused")),
    (ExportState.FINISHED.value, _("finished")),
    (ExportState.FAILED.value, _("failed")),
    (ExportState.CANCELLED.value, _("cancelled")),
    (ExportState.EXPIRED.value, _("expired")),
]
COMPRESSIONS = [("gzip", "gzip (.tar.gz)"), ("zstd", "Zstandard (.tar.zst)")]
PERIODS = [("day", _("every day")), ("week", _("every week")), ("month", _("every month"))]
EXPORT_ERRORS = {
    ExportError.NO_CHECKPOINT.value: _("The log has no signed checkpoint yet. Resume once the sequencer has run."),
    ExportError.NO_KEY.value: _("The log's key, which signs the manifest, was not given to the worker."),
    ExportError.NO_ROOM.value: _("There is no room left where files are kept. Make some, then resume."),
    ExportError.STORAGE.value: _("The storage refused a file. Resume once it is well again."),
    ExportError.DATABASE.value: _("The database did not answer. Resume once it is well again."),
    ExportError.DIFFERS.value: _("What was read is not what the signed tree holds. Verify the log first."),
    ExportError.INTERNAL.value: _("An unexpected fault stopped it several times. The worker's log says which."),
    ExportError.ERASED.value: _("A person whose details it held was erased, and it was removed. Ask for a new one."),
}

CONTRADICTIONS = [
    (Contradiction.FORKED.value, _("it knows another history of the log")),
    (Contradiction.TAKEN_AWAY.value, _("it has seen entries that were taken away here")),
    (Contradiction.DELETED.value, _("it has a checkpoint that was deleted here")),
    (Contradiction.FOREIGN.value, _("it holds a checkpoint that no key of ours signed")),
]


class Entry(models.Model):
    """One line of the log: the leaf's bytes are the truth, the other columns are for search."""

    id = models.UUIDField(primary_key=True)
    leaf = models.BinaryField()
    time = models.DateTimeField()
    actor = models.TextField()
    event = models.TextField()
    outcome = models.TextField()
    subject = models.TextField(null=True)
    case_ref = models.TextField(null=True)

    class Meta:
        managed = False
        db_table = "audit_entry"
        ordering = ["-id"]
        verbose_name_plural = _("entries")

    def __str__(self) -> str:
        return str(self.id)


class Disclosure(models.Model):
    """What is personal in one entry, sealed together under the key of one holder; erasable."""

    pk = models.CompositePrimaryKey("entry", "holder")
    entry = models.UUIDField()
    holder = models.TextField()
    sealed = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_disclosure"

    def __str__(self) -> str:
        return str(self.entry)


class Leaf(models.Model):
    """One place in the tree."""

    index = models.BigIntegerField(primary_key=True)
    entry = models.UUIDField(unique=True)
    hash = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_leaf"

    def __str__(self) -> str:
        return str(self.index)


class Checkpoint(models.Model):
    """One signed size and root of the tree."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()
    signed_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "audit_checkpoint"

    def __str__(self) -> str:
        return str(self.size)


class Export(models.Model):
    """One export of the log, proved against one checkpoint. `attempts` counts leases and is their fence."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    #: who asked, as the log names them
    asked_by = models.TextField()
    #: as `Filter.as_text` gives it
    filter = models.JSONField(default=dict)
    disclose_staff = models.BooleanField(default=False)
    disclose_subject_case = models.BooleanField(default=False)
    compress = models.CharField(max_length=4, choices=COMPRESSIONS, default="gzip")
    state = models.CharField(max_length=9, choices=EXPORT_STATES, default=ExportState.ASKED)
    #: why it failed or was removed before its time: a key of EXPORT_ERRORS
    error = models.CharField(max_length=16, blank=True)
    estimated_entries = models.BigIntegerField()
    estimated_bytes = models.BigIntegerField()
    estimate_is_exact = models.BooleanField(default=False)
    # What it is proved against and covers, set when it first runs; all null before.
    checkpoint_size = models.BigIntegerField(null=True)
    previous_size = models.BigIntegerField(null=True)
    first_index = models.BigIntegerField(null=True)
    end_index = models.BigIntegerField(null=True)
    #: entries to write, and written
    expected = models.BigIntegerField(null=True)
    done = models.BigIntegerField(default=0)
    disclosures = models.BigIntegerField(default=0)
    disclosures_missing = models.BigIntegerField(default=0, db_default=0)
    # The archive, once finished: sizes in bytes and digests are of what is downloaded; at rest it is encrypted.
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    archive_sha256 = models.CharField(max_length=64, blank=True)
    archive_size = models.BigIntegerField(null=True)
    stored_name = models.CharField(max_length=200, blank=True)
    #: empty once it holds the details of a person who was erased: then nothing opens it
    sealed_key = models.BinaryField()
    downloads = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    attempts_allowed = models.PositiveIntegerField(default=MAX_ATTEMPTS)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=100, blank=True)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_export"
        verbose_name = _("export of the log")
        verbose_name_plural = _("exports of the log")
        indexes = [
            models.Index(fields=["-asked_at", "-id"], name="audit_export_newest"),
            models.Index(
                fields=["due_at"], condition=models.Q(state__in=["asked", "running"]), name="audit_export_due"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def wanted(self) -> Filter:
        """Return the filter."""
        return Filter.parse(self.filter)

    @property
    def key_context(self) -> str:
        """Return what the sealed file key is bound to."""
        return f"audit_export.sealed_key:{self.pk}"

    @property
    def file_name(self) -> str:
        """Return the name under which the archive is downloaded."""
        return f"audit-{self.pk}.tar.{'zst' if self.compress == 'zstd' else 'gz'}"

    @property
    def error_sentence(self) -> str:
        """Return why it failed in words, empty where it did not."""
        return str(EXPORT_ERRORS.get(self.error, self.error))

    @property
    def percent(self) -> int:
        """Return how much of it is written, 0 to 100; an unfinished one never shows 100."""
        if self.state in {ExportState.FINISHED, ExportState.EXPIRED}:
            return 100
        return min(99, self.done * 100 // self.expected) if self.expected else 0

    def is_offered(self, now: datetime) -> bool:
        """Return whether its archive can be downloaded."""
        return self.state == ExportState.FINISHED and self.expires_at is not None and self.expires_at > now


class ExportSegment(models.Model):
    """A stretch of an export that is written: one encrypted file of three compressed pieces behind one another."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    export = models.ForeignKey(Export, on_delete=models.PROTECT, related_name="segments")
    number = models.PositiveIntegerField()
    entries = models.PositiveIntegerField()
    disclosures = models.PositiveIntegerField()
    disclosures_missing = models.PositiveIntegerField(default=0, db_default=0)
    #: three pairs of bytes, compressed and plain: evidence, CSV, OCSF
    sizes = models.JSONField()
    stored_name = models.CharField(max_length=200)

    class Meta:
        db_table = "audit_export_segment"
        constraints = [models.UniqueConstraint(fields=["export", "number"], name="audit_export_segment_once")]

    def __str__(self) -> str:
        return f"{self.export_id} {self.number}"


class ReaderToken(models.Model):
    """What a machine shows to read the log. Only a hash of it is kept, and the few characters that pages show."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=64)
    shown = models.CharField(max_length=16)
    hash = models.BinaryField(max_length=32, unique=True)
    scopes = ArrayField(models.CharField(max_length=16))
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("reader token")
        verbose_name_plural = _("reader tokens")
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(revoked_at__isnull=True), name="audit_readertoken_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class DeliveryState(models.TextChoices):
    """Where a delivery stands."""

    WAITING = "waiting", _("waiting")
    DELIVERED = "delivered", _("delivered")


class Delivery(models.Model):
    """A checkpoint on its way to one place, witness or authority, or there.

    Of each place at most one row waits: its size moves up with the head, so that a place that was away gets the
    newest checkpoint alone.
    """

    place = models.CharField(max_length=300)
    size = models.BigIntegerField()
    state = models.CharField(max_length=16, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    #: why the last attempt failed, as a sentence without credentials
    error = models.CharField(max_length=300, blank=True)
    #: in what way the place contradicts the log, until it takes a checkpoint again; `error` says it in full
    contradiction = models.CharField(max_length=10, blank=True, default="", choices=CONTRADICTIONS, db_default="")

    class Meta:
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["place"], condition=models.Q(state="waiting"), name="audit_delivery_one_waits"
            )
        ]
        indexes = [models.Index(fields=["place", "state", "-size"], name="audit_delivery_newest")]

    def __str__(self) -> str:
        return f"{self.place} {self.size}"


class Cosignature(models.Model):
    """A witness's signature over one checkpoint; verified before it was stored."""

    size = models.BigIntegerField()
    witness = models.CharField(max_length=300)
    key_id = models.CharField(max_length=8)
    #: the witness's own clock
    signed_at = models.DateTimeField()
    #: the signature line of the note, without its newline
    line = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["size", "witness", "key_id"], name="audit_cosignature_once"),
        ]
        indexes = [models.Index(fields=["witness", "key_id", "-size"], name="audit_cosignature_newest")]

    def __str__(self) -> str:
        return f"{self.witness} {self.size}"


class TimeStamp(models.Model):
    """An authority's RFC 3161 time stamp over the note of one checkpoint; verified before it was stored."""

    size = models.BigIntegerField(unique=True)
    #: the authority's own clock
    stamped_at = models.DateTimeField()
    #: the answer, DER: `openssl ts -verify` reads it
    response = models.BinaryField()

    class Meta:
        db_table = "audit_time_stamp"

    def __str__(self) -> str:
        return str(self.size)


class AskedExport(models.Model):
    """The key under which a caller of the API asked for an export, and a digest of what was asked."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    caller = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    export = models.ForeignKey(Export, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "audit_asked_export"
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="audit_asked_export_once")]

    def __str__(self) -> str:
        return self.key


class ExportSchedule(models.Model):
    """An export that the office asks for by itself, of what came since the last one, and puts into a storage."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=64)
    #: as `Filter.as_text` gives it, without times
    filter = models.JSONField(default=dict)
    every = models.CharField(max_length=5, choices=PERIODS)
    #: a folder of the storage `exports`
    place = models.CharField(max_length=100)
    compress = models.CharField(max_length=4, choices=COMPRESSIONS, default="gzip")
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField()
    #: entries earlier than this lie in the storage
    covered_until = models.DateTimeField()
    #: the export that was asked for last, what it covers the time until, and where it lies, once it does
    last = models.ForeignKey(Export, null=True, on_delete=models.PROTECT, related_name="+")
    asked_until = models.DateTimeField(null=True)
    delivered = models.CharField(max_length=255, blank=True)
    delivered_at = models.DateTimeField(null=True)
    #: the class of what the storage answered last, empty when it took the archive
    fault = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "audit_export_schedule"
        verbose_name = _("scheduled export")
        verbose_name_plural = _("scheduled exports")
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(ended_at__isnull=True), name="audit_export_schedule_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class SweepFailure(models.Model):
    """One item that a sweep could not do, and when it is tried again; once done or no longer due, its row goes."""

    sweep = models.CharField(max_length=32)
    item = models.CharField(max_length=64)
    tries = models.PositiveIntegerField(default=0)
    #: the class of the last exception: its text may hold what is personal
    error = models.CharField(max_length=64)
    due_at = models.DateTimeField()

    class Meta:
        db_table = "audit_sweep_failure"
        constraints = [models.UniqueConstraint(fields=["sweep", "item"], name="audit_sweep_failure_once")]

    def __str__(self) -> str:
        return f"{self.sweep} {self.item}"
