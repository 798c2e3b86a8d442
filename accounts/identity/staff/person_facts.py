"""What apps above add to the page that staff see of one person."""

from collections.abc import Callable, Iterable
from typing import Any

from core.registry import Listeners

#: each returns label and text of its facts on the person with a reference, under the staff's role
person_facts = Listeners[Callable[[str], Iterable[tuple[Any, Any]]]]()
register_person_facts = person_facts.register
