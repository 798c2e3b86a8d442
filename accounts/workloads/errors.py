"""Refusals of an ingest."""


class WorkloadsError(Exception):
    """A refusal: the field, and a sentence that says the rule."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


class UnknownStreamError(WorkloadsError):
    """A stream that nobody declared."""


class StreamCutError(WorkloadsError):
    """A body that ended before its announced length; the batches before that are stored."""
