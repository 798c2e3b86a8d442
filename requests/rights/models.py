"""Requests, their steps, notes and packages. Rows are the truth; the broker is only a doorbell."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .clocks import days_left
from .states import MAX_ATTEMPTS, OPEN, Kind, LeftOutReason, RefusalGround, State, StepStatus, Verb, WayIn

KINDS = [
    (Kind.ACCESS.value, _("access")),
    (Kind.PORTABILITY.value, _("portability")),
    (Kind.CORRECTION.value, _("correction")),
    (Kind.DELETION.value, _("deletion")),
    (Kind.RESTRICTION.value, _("restriction")),
    (Kind.OBJECTION.value, _("objection")),
]
STATES = [
    (State.RECEIVED.value, _("received")),
    (State.VERIFYING.value, _("being verified")),
    (State.IN_PROGRESS.value, _("in progress")),
    (State.AWAITING_USER.value, _("waiting for the user")),
    (State.REVIEW.value, _("in review")),
    (State.FULFILLED.value, _("fulfilled")),
    (State.REFUSED.value, _("refused")),
    (State.WITHDRAWN.value, _("withdrawn")),
]
STEP_STATES = [
    (StepStatus.WAITING.value, _("waiting")),
    (StepStatus.RUNNING.value, _("running")),
    (StepStatus.DONE.value, _("done")),
    (StepStatus.FAILED.value, _("failed, will be tried again")),
    (StepStatus.PARKED.value, _("parked, needs an officer")),
    (StepStatus.LEFT_OUT.value, _("left out")),
]
GROUNDS = [
    (RefusalGround.UNFOUNDED.value, _("manifestly unfounded (GDPR 12(5))")),
    (RefusalGround.EXCESSIVE.value, _("excessive, in particular repeated (GDPR 12(5))")),
    (RefusalGround.NOT_IDENTIFIED.value, _("the person could not be identified (GDPR 11(2), 12(2))")),
    (RefusalGround.RIGHTS_OF_OTHERS.value, _("the rights and freedoms of others (GDPR 15(4))")),
    (RefusalGround.FORBIDDEN_BY_LAW.value, _("a law forbids it (GDPR 23)")),
]
LEFT_OUT_REASONS = [
    (LeftOutReason.TECHNICAL_FAULT.value, _("a technical fault kept us from reading it")),
    (LeftOutReason.HELD_ELSEWHERE.value, _("it is held by another controller, who has to be asked")),
    (LeftOutReason.RIGHTS_OF_OTHERS.value, _("it would affect the rights and freedoms of others")),
]


class Counter(models.Model):
    """The last number of each year's references; its row is locked until the request that took it commits."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField()

    def __str__(self) -> str:
        return str(self.year)


class RightsRequest(models.Model):
    """One request of one data subject. `subject` is the reference; `user` goes when the account goes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16, unique=True)
    subject = models.CharField(max_length=32)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="rights_requests"
    )
    kind = models.CharField(max_length=16, choices=KINDS)
    state = models.CharField(max_length=16, choices=STATES, default=State.RECEIVED)
    way_in = models.CharField(max_length=16, choices=[(WayIn.SETTINGS.value, _("settings page"))])
    regime = models.CharField(max_length=16)
    country = models.CharField(max_length=8, blank=True)
    received_at = models.DateTimeField()
    identified_at = models.DateTimeField(null=True)
    due_on = models.DateField()
    due_at = models.DateTimeField()
    acknowledge_by = models.DateField(null=True)
    #: {"zone": …, "received_on": …, "sentences": [{"code", "params"}]}: how `due_on` came about
    derivation = models.JSONField()
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    refusal_ground = models.CharField(max_length=24, choices=GROUNDS, blank=True)

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
            models.Index(fields=["subject", "-received_at"], name="rights_request_of_subject"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        """Return whether the request still waits for its answer."""
        return self.state in OPEN

    @property
    def zone(self) -> str:
        """Return the zone in which the days of its regime count."""
        return str(self.derivation["zone"])

    @property
    def language(self) -> str:
        """Return the language of the person who asked; English once the account is gone."""
        return self.user.language if self.user is not None else "en"

    def days_left(self, now: datetime) -> int:
        """Return the days until the answer is due, negative once it is overdue; of a closed request, when it closed."""
        return days_left(self.due_on, self.zone, self.closed_at or now)

    def was_late(self) -> bool:
        """Return whether it was answered after its deadline."""
        return self.closed_at is not None and self.days_left(self.closed_at) < 0

    def is_unacknowledged(self, now: datetime) -> bool:
        """Return whether no officer has taken it by the day on which the regime wants it acknowledged."""
        if self.acknowledge_by is None or self.state != State.RECEIVED:
            return False
        return days_left(self.acknowledge_by, self.zone, now) < 0


class Step(models.Model):
    """One piece of the work: a verb on a holding. `attempts` counts leases and tells a late worker that it is late."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="steps")
    subject = models.CharField(max_length=32)
    position = models.PositiveSmallIntegerField()
    verb = models.CharField(max_length=16, choices=[(verb.value, verb.value) for verb in Verb])
    holding = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=16, choices=STEP_STATES, default=StepStatus.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    #: after so many it is parked; an officer who has it tried again raises this, for `attempts` only grows
    attempts_allowed = models.PositiveSmallIntegerField(default=MAX_ATTEMPTS)
    #: when the sweeper rings (again)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    #: who holds or held it last; emptied once the files of all attempts are gone
    lease_owner = models.CharField(max_length=100, blank=True)
    last_error = models.CharField(max_length=64, blank=True)
    left_out = models.CharField(max_length=24, choices=LEFT_OUT_REASONS, blank=True)
    #: records read so far, and how many there were at the start
    progress = models.PositiveBigIntegerField(default=0)
    expected = models.PositiveBigIntegerField(null=True)
    #: {"count", "bytes", "sha256"} of what was written
    receipt = models.JSONField(null=True)
    part = models.CharField(max_length=200, blank=True)
    part_key = models.BinaryField(null=True)
    #: the log entry under which it reads
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
    def key_context(self) -> str:
        """Return what the sealed key of the part is bound to."""
        return f"rights_step.part_key:{self.pk}"


class Note(models.Model):
    """What an officer wrote down about a request, sealed under the subject's key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="notes")
    subject = models.CharField(max_length=32)
    author = models.CharField(max_length=32)
    written_at = models.DateTimeField()
    sealed = models.BinaryField()

    class Meta:
        ordering = ["written_at", "id"]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def seal_context(self) -> str:
        """Return what the sealed text is bound to."""
        return f"rights_note.sealed:{self.pk}"


class Package(models.Model):
    """What is delivered: an encrypted file in storage. Before approval it has no expiry and is offered to nobody."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
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

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def key_context(self) -> str:
        """Return what the sealed key of the file is bound to."""
        return f"rights_package.sealed_key:{self.pk}"

    def is_offered(self, now: datetime) -> bool:
        """Return whether the subject may download it at `now`."""
        return self.removed_at is None and self.expires_at is not None and now < self.expires_at
