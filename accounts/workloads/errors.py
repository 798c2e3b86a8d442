"""Refusals of an ingest, and of a receipt of an order."""


class WorkloadsError(Exception):
    """A refusal; its text is a sentence that says the rule."""


class UnknownStreamError(WorkloadsError):
    """A stream that nobody declared."""


class StreamCutError(WorkloadsError):
    """A body that ended before its announced length; the batches before that are stored."""


class OrderReceiptError(WorkloadsError):
    """A receipt that does not answer its order: `field` names what was wrong, `rule` says the rule."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


class OrderAnsweredError(WorkloadsError):
    """A receipt that differs from the one with which the order was answered."""


class AnalyticsStoppedError(WorkloadsError):
    """A pseudonym of a person who objected to analytics."""
