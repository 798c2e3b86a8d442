"""What a service refuses to do for a person, and the HTTP status that says so. Plain Python."""

from http import HTTPStatus
from typing import Any

#: a field or a query breaks its rule · this person may not · the object is in another state by now.
#: What belongs to somebody else does not exist for the caller: `Http404`.
INVALID = HTTPStatus.UNPROCESSABLE_ENTITY
NOT_ALLOWED = HTTPStatus.FORBIDDEN
WRONG_STATE = HTTPStatus.CONFLICT


class RefusalError(Exception):
    """A refusal: `sentence` says the rule to a person, `field` names what was wrong ("" for the whole)."""

    status: int = INVALID

    def __init__(self, field: str, sentence: Any) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence
