"""Registries: unique names in order, listeners in the order in which they came, one implementation of a port."""

from dataclasses import dataclass

import pytest

from core.registry import Listeners, Port, Registry


@dataclass(frozen=True)
class Thing:
    name: str
    size: int = 0


def test_declarations_are_listed_by_name_and_each_name_once():
    things = Registry[Thing]("Thing")
    declare = things.declaring(Thing)
    second, first = declare("b", size=2), things.register(Thing("a"))
    assert things.listed() == [first, second]
    assert things["b"] is second
    with pytest.raises(ValueError, match="Thing 'a' is declared twice"):
        declare("a")
    assert things["a"] is first


def test_each_listener_is_told_in_order_until_one_raises():
    told = []
    listeners = Listeners()
    listeners.register(lambda name, *, now: told.append((1, name, now)))
    listeners.tell("x", now=3)
    listeners.register(lambda *_, **__: 1 / 0)
    listeners.register(lambda *_, **__: told.append("never"))
    with pytest.raises(ZeroDivisionError):
        listeners.tell("y", now=4)
    assert told == [(1, "x", 3), (1, "y", 4)]


def test_a_port_without_an_implementation_says_so():
    port = Port("check")
    with pytest.raises(RuntimeError, match="No check is registered"):
        port.get()
    assert port.register(len) is port.get()
