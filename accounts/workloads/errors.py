"""Refusals of an ingest."""


class WorkloadsError(Exception):
    """A refusal; its text is a sentence that says the rule."""


class UnknownStreamError(WorkloadsError):
    """A stream that nobody declared."""


class StreamCutError(WorkloadsError):
    """A body that ended before its announced length; the batches before that are stored."""
