"""The people of the practice provider: one list for both vendors."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Person:
    """One account, at both providers: `sub` is Google's id, `github_id` and `login` are GitHub's."""

    sub: str
    github_id: int
    email: str
    name: str
    login: str
    email_verified: bool = True


PEOPLE: Final = (
    Person("100000000000000000001", 9000001, "layla@example.org", "Layla Haddad", "layla-practice"),
    Person("100000000000000000002", 9000002, "omar@example.org", "Omar Nasser", "omar-practice"),
    Person("100000000000000000003", 9000003, "nadia@example.org", "Nadia Outsider", "nadia-practice"),
)


def find_person(sub: str | None) -> Person | None:
    return next((person for person in PEOPLE if person.sub == sub), None)


def hinted_person(hint: str | None) -> Person:
    """Return whom a hint names by id, e-mail or GitHub login, or else the first in the list."""
    named = (person for person in PEOPLE if hint in {person.sub, person.email, person.login})
    return next(named, PEOPLE[0])
