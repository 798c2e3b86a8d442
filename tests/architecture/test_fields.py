"""Every field of every model is declared in a data category, or is listed with a reason; no list is stale."""

from dataclasses import replace

from accounts.personaldata import categories
from omegaoffice.checks import fields_are_declared
from omegaoffice.personal_fields import ACCOUNTED, COUNTED, NOT_PERSONAL, all_models, declared_fields, undeclared_fields


def test_every_field_of_every_model_is_declared_or_listed():
    assert undeclared_fields() == []
    assert fields_are_declared() == []


def test_marks_are_not_left_behind():
    marked = set(NOT_PERSONAL) | set(COUNTED)
    assert set(declared_fields()) & marked == set()
    assert (set(declared_fields()) | marked) - set(all_models()) == set()
    assert set(ACCOUNTED) <= set(declared_fields())


def test_a_field_that_nobody_declared_is_found(monkeypatch):
    account = categories._categories["identity.account"]
    fields = {name: meaning for name, meaning in account.fields.items() if name != "time_zone"}
    monkeypatch.setitem(categories._categories, account.name, replace(account, fields=fields))
    assert undeclared_fields() == ["identity.User.time_zone"]
    (found,) = fields_are_declared()
    assert found.id == "omegaoffice.E004"
    monkeypatch.delitem(categories._categories, "inbox.letters")
    assert undeclared_fields() == ["identity.User.time_zone", "inbox.Letter"]
