"""Requests, their steps, notes and packages."""

import uuid
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models import AssignedCase, CaseCounter, CaseNote, CaseQuestion
from core.keyed_model import KeyedModel
from core.leases import MAX_ATTEMPTS, LeasedRow

from .deadlines.calculate import days_left
from .states import (
    ATTESTABLE,
    LAST_STEPS,
    LEASABLE,
    OPEN,
    Channel,
    CorrectionGround,
    ExclusionReason,
    FieldDecision,
    Kind,
    MarkEnd,
    MarkKind,
    RefusalGround,
    RequestState,
    StepStatus,
    Verb,
)


class RequestCounter(CaseCounter):
    """The numbers of `RR-…`."""

    class Meta:
        db_table = "rights_counter"


class RightsRequest(AssignedCase):
    """One request of one data subject. `subject` is the reference; `user` goes when the account goes."""

    OPEN = OPEN

    reference = models.CharField(max_length=16, unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="rights_requests"
    )
    kind = models.CharField(max_length=16, choices=Kind.choices)
    state = models.CharField(max_length=16, choices=RequestState.choices, default=RequestState.RECEIVED)
    way_in = models.CharField(max_length=16, choices=Channel.choices)
    regime = models.CharField(max_length=16)
    country = models.CharField(max_length=8, blank=True)
    #: what was chosen on the form of its kind: codes alone, in clear
    details = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    received_at = models.DateTimeField()
    identified_at = models.DateTimeField(null=True)
    due_on = models.DateField()
    due_at = models.DateTimeField()
    acknowledge_by = models.DateField(null=True)
    #: {"zone": …, "received_on": …, "sentences": [{"code", "params"}]}: how `due_on` came about
    derivation = models.JSONField()
    #: since when the period does not run, while the person's answer is awaited
    paused_since = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    started_by = models.CharField(max_length=32, blank=True, default="", db_default="")
    #: until when the person may cancel a deletion, and nothing begins
    grace_ends_at = models.DateTimeField(null=True)
    refusal_ground = models.CharField(max_length=24, choices=RefusalGround.choices, blank=True)

    class Meta:
        verbose_name = _("rights request")
        verbose_name_plural = _("rights requests")
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "kind"],
                condition=models.Q(state__in=sorted(OPEN)),
                name="rights_request_one_open",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="rights_request_due"),
            models.Index(
                fields=["due_at", "id"], condition=models.Q(state__in=sorted(OPEN)), name="rights_request_open_due"
            ),
            models.Index(fields=["state", "due_at", "id"], name="rights_request_state_due"),
            models.Index(fields=["kind", "due_at", "id"], name="rights_request_kind_due"),
            models.Index(fields=["assignee", "due_at", "id"], name="rights_request_mine_due"),
            models.Index(
                fields=["assignee", "due_at", "id"],
                condition=models.Q(state__in=sorted(OPEN)),
                name="rights_request_held",
            ),
            models.Index(fields=["received_at", "id"], name="rights_request_received"),
            models.Index(fields=["subject", "-received_at"], name="rights_request_of_subject"),
        ]

    @property
    def zone(self) -> str:
        """Return the zone in which the days of its regime count."""
        return str(self.derivation["zone"])

    @property
    def language(self) -> str:
        """Return the language of the person who made it; English once the account is gone."""
        return self.user.language if self.user is not None else "en"

    @property
    def paused_on(self) -> date | None:
        """Return the day since when its period does not run, in its zone; None while it runs."""
        return self.paused_since.astimezone(ZoneInfo(self.zone)).date() if self.paused_since else None

    def days_left(self, now: datetime) -> int:
        """Return the days until the answer is due, negative once it is overdue; as it was when it closed or paused."""
        return days_left(self.due_on, self.zone, self.paused_since or self.closed_at or now)

    def was_late(self) -> bool:
        """Return whether it was answered after its deadline."""
        return self.closed_at is not None and self.days_left(self.closed_at) < 0

    def is_unacknowledged(self, now: datetime) -> bool:
        """Return whether no officer has taken it by the day on which the regime wants it acknowledged."""
        if self.acknowledge_by is None or self.state != RequestState.RECEIVED:
            return False
        return days_left(self.acknowledge_by, self.zone, now) < 0


class Step(LeasedRow):
    """One piece of the work: a verb on a data category, or on a external store of the office."""

    STATE_FIELD = "status"
    LEASABLE = LEASABLE
    RUNNING = StepStatus.RUNNING
    LEASE_SETTING = "RIGHTS_STEP_LEASE"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="steps")
    subject = models.CharField(max_length=32)
    position = models.PositiveSmallIntegerField()
    verb = models.CharField(max_length=16, choices=[(verb.value, verb.value) for verb in Verb])
    holding = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=16, choices=StepStatus.choices, default=StepStatus.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    attempts_allowed = models.PositiveSmallIntegerField(default=MAX_ATTEMPTS)
    #: emptied once the files of all attempts are gone
    lease_owner = models.CharField(max_length=100, blank=True)
    last_error = models.CharField(max_length=64, blank=True)
    left_out = models.CharField(max_length=24, choices=ExclusionReason.choices, blank=True)
    #: records read so far, and how many there were at the start
    progress = models.PositiveBigIntegerField(default=0)
    expected = models.PositiveBigIntegerField(null=True)
    #: {"count", "bytes", "sha256"} of what was written; {"count", "found"} of what was erased; of what was attested, by
    #: whom and with what evidence; "until" of what is kept
    receipt = models.JSONField(null=True)
    part = models.CharField(max_length=200, blank=True)
    part_key = models.BinaryField(null=True)
    #: the log entry that authorises reading
    entry = models.UUIDField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["request", "verb", "holding"], name="rights_step_once")]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(status__in=["waiting", "running", "failed"]),
                name="rights_step_due",
            ),
            models.Index(fields=["request"], condition=~models.Q(lease_owner=""), name="rights_step_with_files"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.holding}".strip()

    @property
    def is_attestable(self) -> bool:
        """Return whether an officer may attest it: what is erased outside by hand."""
        return (self.verb, self.status) in ATTESTABLE

    @property
    def key_context(self) -> str:
        """Return the encryption context of the part's key."""
        return f"rights_step.part_key:{self.pk}"


class Certificate(KeyedModel):
    """What a deletion erased, kept and left to others, as the person gets it; nothing in it but codes and numbers."""

    request = models.OneToOneField(RightsRequest, on_delete=models.PROTECT, related_name="certificate")
    subject = models.CharField(max_length=32)
    #: canonical JSON, whose SHA-256 the entry holds; empty until the deletion is complete
    statement = models.TextField(blank=True)
    entry = models.UUIDField(null=True)
    made_at = models.DateTimeField()
    #: until when the mailed link leads to it
    link_ends_at = models.DateTimeField()

    class Meta:
        db_table = "rights_certificate"


class RequestNote(CaseNote):
    """An officer's note on a request."""

    request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="notes")

    class Meta(CaseNote.Meta):
        db_table = "rights_note"


class RequestQuestion(CaseQuestion):
    """An officer's question to the person. `pauses` says that the period does not run until it is closed."""

    request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="questions")
    pauses = models.BooleanField(default=False)

    class Meta(CaseQuestion.Meta):
        db_table = "rights_question"
        constraints = [
            models.UniqueConstraint(
                fields=["request"], condition=models.Q(closed_at=None), name="rights_question_one_open"
            ),
            models.CheckConstraint(
                name="rights_question_answer_closes",
                condition=models.Q(sealed_answer=None) | models.Q(closed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="rights_question_closes_after",
                condition=models.Q(closed_at=None) | models.Q(closed_at__gte=models.F("asked_at")),
            ),
        ]


class Package(KeyedModel):
    """The encrypted file that is delivered. Before approval it has no expiry and is offered to nobody."""

    request = models.OneToOneField(RightsRequest, on_delete=models.PROTECT, related_name="package")
    subject = models.CharField(max_length=32)
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    files = models.PositiveIntegerField()
    sealed_key = models.BinaryField()
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    downloads = models.PositiveIntegerField(default=0)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["expires_at"], condition=models.Q(removed_at__isnull=True), name="rights_package_expiry"
            )
        ]

    @property
    def key_context(self) -> str:
        """Return the encryption context of the file's key."""
        return f"rights_package.sealed_key:{self.pk}"

    def is_offered(self, now: datetime) -> bool:
        """Return whether the subject may download it at `now`."""
        return self.removed_at is None and self.expires_at is not None and now < self.expires_at


class Correction(KeyedModel):
    """One field that a person wants corrected: old and new value, why, what was decided. Texts are encrypted."""

    request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="corrections")
    subject = models.CharField(max_length=32)
    category = models.CharField(max_length=64)
    #: the record of the category; None where it has one alone
    record = models.UUIDField(null=True)
    field = models.CharField(max_length=64)
    sealed_old = models.BinaryField()
    sealed_new = models.BinaryField()
    sealed_reason = models.BinaryField()
    decision = models.CharField(max_length=16, choices=FieldDecision.choices, default=FieldDecision.PENDING)
    ground = models.CharField(max_length=24, choices=CorrectionGround.choices, blank=True)
    #: the officer's words to the person, where it is refused
    sealed_words = models.BinaryField(null=True)
    decided_by = models.CharField(max_length=32, blank=True)
    decided_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "rights_correction"
        ordering = ["category", "record", "field"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "category", "record", "field"],
                name="rights_correction_once",
                nulls_distinct=False,
            ),
        ]
        indexes = [models.Index(fields=["subject"], name="rights_correction_of")]

    def context(self, column: str) -> str:
        """Return the encryption context of a column."""
        return f"rights_correction.{column}:{self.pk}"


class Evidence(KeyedModel):
    """The file by which a person shows that something about them is wrong, encrypted under a key of its own."""

    request = models.OneToOneField(RightsRequest, on_delete=models.PROTECT, related_name="evidence")
    subject = models.CharField(max_length=32)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=32)
    size = models.PositiveIntegerField()
    sealed_key = models.BinaryField()
    received_at = models.DateTimeField()

    class Meta:
        db_table = "rights_evidence"
        indexes = [models.Index(fields=["subject"], name="rights_evidence_of")]

    @property
    def key_context(self) -> str:
        """Return the encryption context of the file's key."""
        return f"rights_evidence.sealed_key:{self.pk}"


class LegalHold(KeyedModel):
    """Keeps data of a person until a day, whatever would remove it: of one data category, or all of it (`""`)."""

    subject = models.CharField(max_length=32)
    category = models.CharField(max_length=64, blank=True)
    #: {"authority", "reason"}: what staff typed may name somebody
    sealed = models.BinaryField()
    placed_by = models.CharField(max_length=32)
    placed_at = models.DateTimeField()
    #: the last day on which it holds
    ends_on = models.DateField()
    #: when it was lifted, before its end
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=32, blank=True, default="", db_default="")

    class Meta:
        db_table = "rights_hold"
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")
        indexes = [
            models.Index(fields=["subject"], name="rights_hold_of_subject"),
            models.Index(fields=["-placed_at", "id"], name="rights_hold_placed"),
            models.Index(fields=["ends_on"], condition=models.Q(ended_at=None), name="rights_hold_active"),
        ]
        constraints = [
            models.CheckConstraint(
                name="rights_hold_ends_after",
                condition=models.Q(ended_at=None) | models.Q(ended_at__gte=models.F("placed_at")),
            ),
        ]

    @property
    def encryption_context(self) -> str:
        """Return the encryption context of authority and reason."""
        return f"rights_hold.sealed:{self.pk}"

    def is_active(self, now: datetime) -> bool:
        """Return whether it holds at `now`: it was not lifted, and its last day is not over."""
        return (self.ended_at is None or self.ended_at > now) and now.date() <= self.ends_on

    def stops(self, step: Step) -> bool:
        """Return whether such a step waits while it is in force; `selectors.steps_on_hold` is the same in SQL."""
        return step.verb in LAST_STEPS or (step.verb == Verb.ERASE and self.category in {"", step.holding})


class ProcessingMark(KeyedModel):
    """What a person had done about the use of one data category, in force until it ends (GDPR 18, 21)."""

    request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="marks")
    subject = models.CharField(max_length=32)
    category = models.CharField(max_length=64)
    kind = models.CharField(max_length=16, choices=MarkKind.choices)
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.CharField(max_length=16, choices=MarkEnd.choices, blank=True)

    class Meta:
        db_table = "rights_mark"
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "category", "kind"],
                condition=models.Q(ended_at=None),
                name="rights_mark_in_force_once",
            ),
            models.CheckConstraint(
                name="rights_mark_ends_after",
                condition=models.Q(ended_at=None) | models.Q(ended_at__gte=models.F("since")),
            ),
        ]
