"""Exports of the log, their segments and schedules."""

import uuid
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.search.filters import Filter
from core.keyed_model import KeyedModel
from core.leases import LeasedRow

from .states import RUNNABLE, ExportError, ExportState

COMPRESSIONS = [("gzip", "gzip (.tar.gz)"), ("zstd", "Zstandard (.tar.zst)")]
PERIODS = [("day", _("every day")), ("week", _("every week")), ("month", _("every month"))]


class Export(LeasedRow):
    """One export of the log, proved against one checkpoint."""

    STATE_FIELD = "state"
    LEASABLE = RUNNABLE
    RUNNING = ExportState.RUNNING
    LEASE_SETTING = "AUDIT_EXPORT_LEASE"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    #: who asked, as the log names them
    asked_by = models.TextField()
    #: as `Filter.as_text` gives it
    filter = models.JSONField(default=dict)
    disclose_staff = models.BooleanField(default=False)
    disclose_subject_case = models.BooleanField(default=False)
    compress = models.CharField(max_length=4, choices=COMPRESSIONS, default="gzip")
    state = models.CharField(max_length=9, choices=ExportState.choices, default=ExportState.ASKED)
    #: why it failed or was removed before its time: an ExportError
    error = models.CharField(max_length=16, blank=True)
    estimated_entries = models.BigIntegerField()
    estimated_bytes = models.BigIntegerField()
    estimate_is_exact = models.BooleanField(default=False)
    # What it is proved against and covers, set when it first runs; all null before.
    checkpoint_size = models.BigIntegerField(null=True)
    previous_size = models.BigIntegerField(null=True)
    first_index = models.BigIntegerField(null=True)
    end_index = models.BigIntegerField(null=True)
    #: entries to write, and entries written
    expected = models.BigIntegerField(null=True)
    done = models.BigIntegerField(default=0)
    disclosures = models.BigIntegerField(default=0)
    disclosures_missing = models.BigIntegerField(default=0, db_default=0)
    # The archive, once finished: sizes in bytes and digests are of what is downloaded; at rest it is encrypted.
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    archive_sha256 = models.CharField(max_length=64, blank=True)
    archive_size = models.BigIntegerField(null=True)
    stored_name = models.CharField(max_length=200, blank=True)
    #: empty once a person whose details it holds was erased: then nothing decrypts it
    sealed_key = models.BinaryField()
    downloads = models.PositiveIntegerField(default=0)
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
        """Return the encryption context of the file key."""
        return f"audit_export.sealed_key:{self.pk}"

    @property
    def file_name(self) -> str:
        """Return the name under which the archive is downloaded."""
        return f"audit-{self.pk}.tar.{'zst' if self.compress == 'zstd' else 'gz'}"

    @property
    def error_sentence(self) -> str:
        """Return why it failed, as a sentence; empty where it did not."""
        return str(dict(ExportError.choices).get(self.error, self.error))

    @property
    def percent(self) -> int:
        """Return how much of it is written, 0 to 100; an unfinished one never shows 100."""
        if self.state in {ExportState.FINISHED, ExportState.EXPIRED}:
            return 100
        return min(99, self.done * 100 // self.expected) if self.expected else 0

    def is_offered(self, now: datetime) -> bool:
        """Return whether its archive can be downloaded."""
        return self.state == ExportState.FINISHED and self.expires_at is not None and self.expires_at > now


class ExportSegment(KeyedModel):
    """A range of an export that is written: one encrypted file of three compressed pieces, one after the other."""

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


class ExportIdempotencyKey(KeyedModel):
    """The key under which a caller of the API requested an export, and a digest of what was requested."""

    caller = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    export = models.ForeignKey(Export, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "audit_asked_export"
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="audit_asked_export_once")]

    def __str__(self) -> str:
        return self.key


class ExportSchedule(KeyedModel):
    """An export that the office requests by itself, of the entries since the last one, and puts into a storage."""

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
    #: entries earlier than this are in the storage
    covered_until = models.DateTimeField()
    #: the export requested last, until when it covers entries, and its file in the storage once it is there
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
