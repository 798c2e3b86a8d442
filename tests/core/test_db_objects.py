"""Functions, triggers and policies as objects: what they create, and which rows of the catalogue agree with them."""

import pytest

from core.db_objects import STATEMENT, Function, Policy, Trigger, create

PATH = "pg_catalog, public, pg_temp"


@pytest.fixture
def module(tmp_path):
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "plain.sql").write_text("    SELECT format('%1$I', 'x')\n")
    (tmp_path / "sql" / "filled.sql").write_text("    SELECT ${number}\n")
    return str(tmp_path / "schema_sql.py")


def test_a_body_is_a_file_to_the_letter_or_filled_in(module):
    assert Function(module, "plain").body == "\n    SELECT format('%1$I', 'x')\n"
    assert Function(module, "other", file="filled", values={"number": 7}).body == "\n    SELECT 7\n"
    with pytest.raises(KeyError):
        _ = Function(module, "filled", values={"another": 7}).body


def test_a_function_that_runs_as_its_owner_has_a_search_path_and_is_not_public(module):
    function = Function(module, "plain", "a text", "text", "sql STABLE", is_definer=True)
    assert create([function]) == (
        "SET LOCAL check_function_bodies = off;\n"
        "CREATE OR REPLACE FUNCTION plain(a text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER "
        f"SET search_path = {PATH} AS $body$\n    SELECT format('%1$I', 'x')\n$body$;\n"
        "REVOKE ALL ON FUNCTION plain(a text) FROM PUBLIC"
    )
    assert function.matches([function.body, True, [f"search_path={PATH}"]])
    assert not function.matches([function.body, True, []])
    assert not function.matches([function.body, False, [f"search_path={PATH}"]])
    assert not function.matches([function.body.strip(), True, [f"search_path={PATH}"]])


def test_a_trigger_knows_its_kind():
    trigger = Trigger("keep", "t", "BEFORE UPDATE OR DELETE", "refuse")
    assert trigger.matches(["A", "refuse", 27, True])
    assert not trigger.matches(["O", "refuse", 27, True])
    assert not trigger.matches(["A", "refuse", 19, True])
    assert not trigger.matches(["A", "refuse", 27, False])
    counted = Trigger("count", "t", "AFTER INSERT", "add", f"REFERENCING NEW TABLE AS n {STATEMENT}", is_always=False)
    assert counted.matches(["O", "add", 4, True])
    assert "ON part REFERENCING NEW TABLE AS n FOR EACH STATEMENT" in counted.create("part")


def test_a_policy_sees_what_widens_it():
    policy = Policy("own", "t", "SELECT", "b, a", using="subject = nullif(current_setting('x', true), '')")
    printed = "(subject = NULLIF(current_setting('x'::text, true), ''::text))"
    assert policy.matches(["r", True, ["a", "b"], printed])
    assert not policy.matches(["r", False, ["a", "b"], printed])
    assert not policy.matches(["w", True, ["a", "b"], printed])
    assert not policy.matches(["r", True, ["a"], printed])
    assert not policy.matches(["r", True, ["a", "b"], f"({printed} OR true)"])
    assert policy.matches(["r", True, ["a", "b"], f"({printed} AND (1 = 1))"])
    exact = Policy("own", "t", "SELECT", "b, a", using=policy.using, is_exact=True)
    assert exact.matches(["r", True, ["a", "b"], printed])
    assert not exact.matches(["r", True, ["a", "b"], f"({printed} AND (1 = 1))"])
