"""Request every address as one person, and return what each answered."""

from dataclasses import dataclass
from typing import Any

from tests.permissions.people import Visitor
from tests.permissions.routes import routes
from tests.permissions.samples import Samples

#: where an address redirects: the sign-in, the step-up, the set-up of a second factor, the staff site's sign-in
_REDIRECTS = (
    ("/accounts/login/?", "in>"),
    ("/settings/step-up/?", "up>"),
    ("/settings/security/second-factor/", "mf>"),
    ("/staff/login/?", "st>"),
)


@dataclass(frozen=True)
class Answer:
    """What one address answered: `mark` as the table writes it, headers, and the whole body."""

    mark: str
    headers: dict[str, str]
    body: bytes

    @classmethod
    def of(cls, response: Any) -> "Answer":
        body = b"".join(response.streaming_content) if response.streaming else response.content
        response.close()
        target = response.headers.get("Location", "")
        mark = next((mark for start, mark in _REDIRECTS if target.startswith(start)), str(response.status_code))
        return cls(mark, dict(response.headers), body)


def crawl(visitor: Visitor, samples: Samples, method: str, **how: Any) -> dict[str, Answer]:
    """Return route → answer for every route there is, in the order of `routes()`."""
    found = {}
    for route in routes():
        if method == "POST" and route in samples.renewals:
            samples.renewals[route]()
        found[route] = Answer.of(visitor.client.generic(method, samples.address(route), **how))
        visitor.come_back()
    return found
