"""Approval requests, their items, decisions, grants, codes, reviews; aggregates. People are references alone."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from accounts.personaldata.item_providers import name_item
from cases.models import Case, CaseCounter
from core.keyed_model import KeyedModel

from .grounds import GLASS_WINDOW, RULES, WINDOW_MIN, Ground, Rule
from .legal.models import LegalProcess, ProcessCounter, ProcessNote
from .states import Answer, ApprovalState, EndReason, Finding, FollowUpKind, SampleKind, Verdict

__all__ = ["Aggregate", "ApprovalCounter", "ApprovalRequest", "Decision", "Grant", "LegalProcess", "ProcessCounter",
           "ProcessNote", "RequestedItem", "Review"]  # fmt: skip
GROUND_TITLES = {
    Ground.AGREEMENT: pgettext_lazy("ground", "Your agreement"),
    Ground.SECURITY: pgettext_lazy("ground", "Security"),
    Ground.LEGAL: pgettext_lazy("ground", "Law"),
    Ground.AGGREGATE: pgettext_lazy("ground", "Anonymous figures"),
}
#: the same for staff
STAFF_GROUNDS = {
    Ground.AGREEMENT: _("The user's agreement"),
    Ground.SECURITY: _("Security"),
    Ground.LEGAL: _("Law"),
    Ground.AGGREGATE: _("Anonymous figures"),
}


class ApprovalRequest(Case):
    """A member of staff asks to read named items of one user, on one ground.

    The reason is free text, encrypted under the subject's key: unreadable once that key is destroyed.
    """

    RECEIVED, DUE = "asked_at", "expires_at"
    OPEN = frozenset({ApprovalState.ASKED})

    ground = models.CharField(max_length=16, choices=list(GROUND_TITLES.items()))
    asker = models.CharField(max_length=32)
    sealed = models.BinaryField()
    abuse_reference = models.CharField(max_length=64, blank=True)
    #: the legal process that a request on the ground of law is for
    process = models.ForeignKey(LegalProcess, null=True, on_delete=models.PROTECT, related_name="+")
    window = models.DurationField()
    state = models.CharField(max_length=16, choices=ApprovalState.choices, default=ApprovalState.ASKED)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    #: keyed digest of asker and reason: only tells whether a reason is the asker's last one again
    reason_digest = models.CharField(max_length=64, blank=True, db_default="")
    #: access opened at once, without a decision, and is reviewed within a day
    break_glass = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "humanaccess_ask"
        verbose_name = _("approval request")
        verbose_name_plural = _("approval requests")
        ordering = ["-asked_at", "-reference"]
        indexes = [
            models.Index(fields=["subject", "-asked_at"], name="humanaccess_ask_of_subject"),
            models.Index(fields=["asker", "-asked_at"], name="humanaccess_ask_of_asker"),
            models.Index(fields=["expires_at"], condition=models.Q(state="asked"), name="humanaccess_ask_waiting"),
            models.Index(fields=["asked_at", "id"], name="humanaccess_ask_received"),
            models.Index(fields=["expires_at", "id"], name="humanaccess_ask_due"),
            models.Index(fields=["-asked_at"], condition=models.Q(break_glass=True), name="humanaccess_ask_glass"),
        ]
        constraints = [
            models.CheckConstraint(name="humanaccess_ask_not_own", condition=~models.Q(asker=models.F("subject"))),
            models.CheckConstraint(
                name="humanaccess_ask_of_process",
                condition=models.Q(ground="legal", process__isnull=False)
                | (~models.Q(ground="legal") & models.Q(process__isnull=True)),
            ),
            models.CheckConstraint(
                name="humanaccess_ask_open_or_closed",
                condition=models.Q(state="asked", closed_at__isnull=True)
                | (~models.Q(state="asked") & models.Q(closed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="humanaccess_ask_glass_bounds",
                condition=models.Q(break_glass=False) & ~models.Q(state="opened")
                | models.Q(break_glass=True, ground="security", window__lte=GLASS_WINDOW)
                & models.Q(state__in=["asked", "opened", "cancelled", "expired"])
                & ~models.Q(abuse_reference=""),
            ),
        ]

    @property
    def rule(self) -> Rule:
        """Return what the ground of this request requires."""
        return RULES[Ground(self.ground)]

    def is_waiting(self, now: datetime) -> bool:
        """Return whether it may still be answered."""
        return self.state == ApprovalState.ASKED and now < self.expires_at


class RequestedItem(KeyedModel):
    """One restricted item that a request names: its kind, id and place, never its content."""

    approval_request = models.ForeignKey(
        ApprovalRequest, on_delete=models.PROTECT, related_name="items", db_column="ask_id"
    )
    subject = models.CharField(max_length=32)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=64)
    item = models.UUIDField()
    #: rendered by `name_item` in the reader's language
    label = models.TextField()
    answer = models.CharField(max_length=8, choices=[(a.value, a.value) for a in Answer], default=Answer.NONE)

    class Meta:
        db_table = "humanaccess_ask_item"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["approval_request", "kind", "item"], name="humanaccess_item_once")
        ]
        indexes = [models.Index(fields=["subject", "item"], name="humanaccess_item_of_subject")]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """Return what the item is, in the active language."""
        return name_item(self.kind, self.label) if self.label else str(_("an item of a person who was erased"))


class Decision(KeyedModel):
    """What one person decided on a request; rows are only ever added.

    For a user's answer `sealed` is the exact text that was shown, encrypted, and `items` the ids agreed to; for a
    second person's, `sealed` is their note, if any.
    """

    approval_request = models.ForeignKey(
        ApprovalRequest, on_delete=models.PROTECT, related_name="decisions", db_column="ask_id"
    )
    subject = models.CharField(max_length=32)
    decided_by = models.CharField(max_length=32)
    verdict = models.CharField(max_length=16, choices=[(v.value, v.value) for v in Verdict])
    items = models.JSONField(default=list)
    text_version = models.CharField(max_length=16, blank=True)
    language = models.CharField(max_length=5, blank=True)
    shown_at = models.DateTimeField(null=True)
    sealed = models.BinaryField(null=True)
    saw_refusal = models.BooleanField(default=False)
    #: for how long at most they let the access last; none where they left it at what was requested
    window = models.DurationField(null=True)
    decided_at = models.DateTimeField()

    class Meta:
        db_table = "humanaccess_decision"
        ordering = ["decided_at"]
        constraints = [
            models.UniqueConstraint(fields=["approval_request", "decided_by"], name="humanaccess_decision_once"),
            models.CheckConstraint(
                name="humanaccess_answer_has_text",
                condition=~models.Q(verdict__in=["agreed", "refused"])
                | (models.Q(sealed__isnull=False, shown_at__isnull=False) & ~models.Q(text_version="")),
            ),
            models.CheckConstraint(
                name="humanaccess_decision_window",
                condition=models.Q(window__isnull=True) | models.Q(window__gte=WINDOW_MIN),
            ),
        ]

    def __str__(self) -> str:
        return self.verdict


class Grant(models.Model):
    """The time in which one reader may read the items of one request; only database functions write it."""

    id = models.UUIDField(primary_key=True)
    approval_request = models.OneToOneField(
        ApprovalRequest, on_delete=models.PROTECT, related_name="grant", db_column="ask_id"
    )
    subject = models.CharField(max_length=32)
    reader = models.CharField(max_length=32)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.CharField(max_length=16, choices=EndReason.choices, blank=True)

    class Meta:
        db_table = "humanaccess_grant"
        ordering = ["-starts_at"]
        indexes = [
            models.Index(fields=["reader", "-starts_at"], name="humanaccess_grant_of_reader"),
            models.Index(fields=["subject", "-starts_at"], name="humanaccess_grant_of_subject"),
            models.Index(fields=["ends_at"], condition=models.Q(ended_at__isnull=True), name="humanaccess_grant_open"),
        ]
        constraints = [
            models.CheckConstraint(
                name="humanaccess_grant_window", condition=models.Q(ends_at__gt=models.F("starts_at"))
            ),
            models.CheckConstraint(name="humanaccess_grant_not_own", condition=~models.Q(reader=models.F("subject"))),
            models.CheckConstraint(
                name="humanaccess_grant_end_has_reason",
                condition=models.Q(ended_at__isnull=True, ended_reason="")
                | (models.Q(ended_at__isnull=False) & ~models.Q(ended_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def is_live(self, now: datetime) -> bool:
        """Return whether the reader may read now."""
        return self.ended_at is None and self.starts_at <= now < self.ends_at

    def end_of(self, now: datetime) -> datetime | None:
        """Return when it ended, None while it is live; a window ends by time alone, before the sweeper records it."""
        if self.ended_at is not None:
            return min(self.ended_at, self.ends_at)  # the sweeper runs a while after the window is over
        return self.ends_at if now >= self.ends_at else None


class ReadCode(KeyedModel):
    """A one-time code by which the platform shows one item that it holds; a hash of it, for a day, which functions
    of the database alone write and read.

    `entry` is the read entry that was committed before it, and which it is the only code of.
    """

    code_hash = models.CharField(max_length=64, unique=True)
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="codes")
    subject = models.CharField(max_length=32)
    kind = models.CharField(max_length=64)
    item = models.UUIDField()
    entry = models.UUIDField(unique=True)
    expires_at = models.DateTimeField(db_index=True)
    redeemed_at = models.DateTimeField(null=True)
    #: the service token that redeemed it
    redeemed_by = models.UUIDField(null=True)

    class Meta:
        db_table = "humanaccess_readcode"


class Review(KeyedModel):
    """Another person's review of what was done under a grant; rows are only ever added."""

    grant = models.OneToOneField(Grant, on_delete=models.PROTECT, related_name="review")
    subject = models.CharField(max_length=32)
    reviewed_by = models.CharField(max_length=32)
    finding = models.CharField(max_length=16, choices=[(f.value, f.value) for f in Finding])
    reads = models.PositiveIntegerField()
    reviewed_at = models.DateTimeField()

    class Meta:
        db_table = "humanaccess_review"

    def __str__(self) -> str:
        return self.finding


class FollowUp(KeyedModel):
    """What is to follow from a review that found a concern, and once it is settled what was done; settled once.

    Both texts are encrypted under the subject's key.
    """

    review = models.OneToOneField(Review, on_delete=models.PROTECT, related_name="follow_up")
    subject = models.CharField(max_length=32)
    kind = models.CharField(max_length=16, choices=FollowUpKind.choices)
    due_on = models.DateField()
    sealed = models.BinaryField()
    settled_by = models.CharField(max_length=32, blank=True)
    settled_at = models.DateTimeField(null=True)
    sealed_outcome = models.BinaryField(null=True)

    class Meta:
        db_table = "humanaccess_followup"
        indexes = [
            models.Index(fields=["due_on"], condition=models.Q(settled_at=None), name="humanaccess_followup_open")
        ]
        constraints = [
            models.CheckConstraint(
                name="humanaccess_followup_settled",
                condition=models.Q(settled_at=None, settled_by="", sealed_outcome=None)
                | (models.Q(settled_at__isnull=False, sealed_outcome__isnull=False) & ~models.Q(settled_by="")),
            )
        ]

    def __str__(self) -> str:
        return self.kind

    @property
    def outcome_context(self) -> str:
        """Return the context that what was done is bound to."""
        return f"humanaccess_followup.sealed_outcome:{self.pk}"


class Sample(models.Model):
    """Whether an access that needs no review by itself, or a run of an aggregate query, was drawn to be reviewed.

    `id` is the grant's, or that of the run's entry in the log. Only a database function draws, once each. The finding
    on a run stands here; an access that was drawn gets a Review.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=8, choices=[(k.value, k.value) for k in SampleKind])
    drawn = models.BooleanField()
    drawn_at = models.DateTimeField()
    finding = models.CharField(max_length=16, blank=True, choices=Finding.choices)
    reviewed_by = models.CharField(max_length=32, blank=True)
    reviewed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "humanaccess_sample"
        indexes = [
            models.Index(fields=["kind", "drawn_at"], condition=models.Q(drawn=True), name="humanaccess_sample_drawn")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class ApprovalCounter(CaseCounter):
    """The numbers of `HA-…`."""

    class Meta:
        db_table = "humanaccess_counter"


class Aggregate(models.Model):
    """The answer of one aggregate query on one closed week, anonymous as it stands; only a database function writes it.

    `cells` are {"kind", "unit", "persons", "amount"}, both numbers null where they are withheld; `largest_share` is the
    percentage that one person gives at most to a published cell, rounded up, for the promise P14 alone.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    query = models.CharField(max_length=32)
    week = models.DateField()
    cells = models.JSONField()
    largest_share = models.PositiveSmallIntegerField()
    computed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("Anonymous figures")
        verbose_name_plural = _("Anonymous figures")
        constraints = [models.UniqueConstraint(fields=["query", "week"], name="humanaccess_aggregate_once")]

    def __str__(self) -> str:
        return f"{self.query} {self.week}"
