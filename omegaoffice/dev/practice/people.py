"""The people of the practice provider, read from a JSON file that is checked entry by entry."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

DEFAULT_FILE: Final = Path(__file__).with_name("people.json")
TEXTS: Final = ("sub", "email", "name", "login")


class PeopleError(ValueError):
    """The people file cannot be used; the sentence names the entry and the rule."""


@dataclass(frozen=True, slots=True)
class Person:
    """One account, at both providers: `sub` is Google's id, `github_id` and `login` are GitHub's."""

    sub: str
    github_id: int
    email: str
    name: str
    login: str
    email_verified: bool = True


class People:
    """The people in the file's order. Their ids are unique: `load_people` made sure."""

    def __init__(self, people: list[Person]) -> None:
        self.all = tuple(people)
        self._by_sub = {person.sub: person for person in people}

    def find(self, sub: str | None) -> Person | None:
        return self._by_sub.get(sub or "")

    def hinted(self, hint: str | None) -> Person:
        """Return whom a hint names by id, e-mail or GitHub login, or else the first in the list."""
        wanted = (hint or "").casefold()
        for person in self.all:
            if wanted in {person.sub.casefold(), person.email.casefold(), person.login.casefold()}:
                return person
        return self.all[0]


def load_people(path: Path = DEFAULT_FILE) -> People:
    """Read a list of `{sub, github_id, email, name, login, email_verified?}`.

    Raises PeopleError when the file is missing, is no such list, is empty, or repeats an id.
    """
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PeopleError(f"The people file {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise PeopleError(f"The people file {path} is not JSON in UTF-8: {error}.") from error
    if not isinstance(rows, list) or not rows:
        raise PeopleError(f"The people file {path} must be a list with at least one person.")
    people = [_person(row, number) for number, row in enumerate(rows, start=1)]
    for field in ("sub", "github_id", "login"):
        values = [getattr(person, field) for person in people]
        if len(set(values)) != len(values):
            raise PeopleError(f"Two people in {path} have the same {field}.")
    return People(people)


def _person(row: Any, number: int) -> Person:
    if not isinstance(row, dict):
        raise PeopleError(f"Person {number} must be an object.")
    if unknown := sorted(set(row) - {*TEXTS, "github_id", "email_verified"}):
        raise PeopleError(f"Person {number} has an unknown field: {unknown[0]}.")
    for field in TEXTS:
        if not isinstance(row.get(field), str) or not row[field].strip():
            raise PeopleError(f"Person {number}: {field} must be a text that is not empty.")
    # bool is an int to Python: `true` is no id.
    if type(row.get("github_id")) is not int or row["github_id"] < 1:
        raise PeopleError(f"Person {number}: github_id must be a whole number above zero.")
    if not isinstance(row.get("email_verified", True), bool):
        raise PeopleError(f"Person {number}: email_verified must be true or false.")
    return Person(**row)
