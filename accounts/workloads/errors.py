"""What the workloads refuse."""


class WorkloadsError(Exception):
    """A refusal with the field that it is about and a sentence."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


class UnknownStreamError(WorkloadsError):
    """A stream that nobody declared."""


class StreamCutError(WorkloadsError):
    """A body that ended before its announced length: the batches before are kept."""


class TokenError(WorkloadsError):
    """A service token that cannot be made or revoked."""
