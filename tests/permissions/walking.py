"""Walk to every address as one person, and say what each answered."""

from dataclasses import dataclass
from typing import Any

from tests.permissions.people import Visitor
from tests.permissions.routes import routes
from tests.permissions.samples import Samples

#: where a door leads instead of opening: the sign-in, the step-up, the set-up of a second factor, the staff door
_LED = (
    ("/accounts/login/?", "in>"),
    ("/settings/step-up/?", "up>"),
    ("/settings/security/second-factor/", "mf>"),
    ("/staff/login/?", "st>"),
)


@dataclass(frozen=True)
class Answer:
    """What one address said: `mark` as the table writes it, headers, and the body whole."""

    mark: str
    headers: dict[str, str]
    body: bytes

    @classmethod
    def of(cls, response: Any) -> "Answer":
        body = b"".join(response.streaming_content) if response.streaming else response.content
        response.close()
        target = response.headers.get("Location", "")
        led = next((mark for start, mark in _LED if target.startswith(start)), None)
        return cls(led or str(response.status_code), dict(response.headers), body)


def walk(visitor: Visitor, samples: Samples, method: str, **how: Any) -> dict[str, Answer]:
    """Return route → answer for every route there is, in the order of `routes()`."""
    found = {}
    for route in routes():
        if method == "POST" and route in samples.renewals:
            samples.renewals[route]()
        found[route] = Answer.of(visitor.client.generic(method, samples.address(route), **how))
        visitor.come_back()
    return found
