"""What the rooms declare as guards, read out of their own SQL: functions, triggers, row-level security. Plain text."""

import re
from dataclasses import dataclass

#: bits of pg_trigger.tgtype
_WHEN = {"FOR EACH ROW": 1, "BEFORE": 2, "INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}
_FUNCTION = re.compile(
    r"CREATE (?:OR REPLACE )?(?P<text>FUNCTION (?P<name>\w+)\s*\(.*?\)\s*RETURNS(?P<attributes>.*?)"
    r"AS \$body\$(?P<body>.*?)\$body\$)",
    re.DOTALL,
)
_TRIGGER = re.compile(
    r"CREATE (?:OR REPLACE )?TRIGGER (?P<name>\w+)\s+(?P<moment>(?:BEFORE|AFTER)\b[\w\s]*?)\s+ON (?P<table>\w+)\s+"
    r"(?P<rest>[\w\s]*?)\s*EXECUTE FUNCTION (?P<function>\w+)\(\)",
)
_ALWAYS = re.compile(r"ALTER TABLE (\w+) ENABLE ALWAYS TRIGGER (\w+)")
_POLICY = re.compile(
    r"(?P<text>CREATE POLICY (?P<name>\w+) ON (?P<table>\w+)\s+FOR (?P<command>\w+)"
    r"(?:\s+TO (?P<roles>[\w\s,]+?))?\s+(?P<rule>(?:USING|WITH CHECK)\b.*?))\s*(?=;|\Z)",
    re.DOTALL,
)
_SECURED = re.compile(r"ALTER TABLE (\w+) ENABLE ROW LEVEL SECURITY")
_PATH = re.compile(r"SET search_path = ([\w ,]*\w)")


@dataclass(frozen=True)
class Function:
    """A function: its body to the letter, whether it runs as its owner, its search path."""

    name: str
    body: str
    is_definer: bool
    config: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Trigger:
    """A trigger: `kind` is pg_trigger.tgtype; `moment` and `rest` stand before and after its table in SQL."""

    name: str
    table: str
    function: str
    moment: str
    rest: str
    is_always: bool

    @property
    def kind(self) -> int:
        """Return when it fires, as the catalogue's bits."""
        said = f"{self.moment} {self.rest.replace('FOR EACH STATEMENT', '')}"
        return sum(bit for word, bit in _WHEN.items() if word in said)

    def create_on(self, table: str) -> str:
        """Return the statements that put it (back) on a table: its own, or a partition of it."""
        mode = "ENABLE ALWAYS" if self.is_always else "ENABLE"
        return (
            f"CREATE OR REPLACE TRIGGER {self.name} {self.moment} ON {table} {self.rest} "
            f"EXECUTE FUNCTION {self.function}();\nALTER TABLE {table} {mode} TRIGGER {self.name}"
        )


@dataclass(frozen=True)
class Policy:
    """A policy of row-level security."""

    name: str
    table: str
    command: str
    roles: tuple[str, ...]
    rule: str
    text: str


@dataclass(frozen=True)
class Declared:
    """All that one database should hold."""

    functions: dict[str, Function]
    triggers: dict[tuple[str, str], Trigger]
    policies: dict[tuple[str, str], Policy]
    secured: frozenset[str]


def read(texts: list[str]) -> Declared:
    """Return what the texts declare; a later text goes before an earlier one."""
    whole = ";\n".join(texts)
    functions = {m["name"]: _function(m) for m in _FUNCTION.finditer(whole)}
    outside = re.sub(r"\$body\$.*?\$body\$", "", whole, flags=re.DOTALL)
    always = set(_ALWAYS.findall(outside))
    triggers = {
        (m["table"], m["name"]): Trigger(
            m["name"],
            m["table"],
            m["function"],
            m["moment"],
            " ".join(m["rest"].split()),
            (m["table"], m["name"]) in always,
        )
        for m in _TRIGGER.finditer(outside)
    }
    policies = {(m["table"], m["name"]): _policy(m) for m in _POLICY.finditer(outside)}
    return Declared(functions, triggers, policies, frozenset(_SECURED.findall(outside)))


def _function(match: re.Match[str]) -> Function:
    attributes = match["attributes"]
    path = _PATH.search(attributes)
    config = (f"search_path={path[1]}",) if path else ()
    return Function(
        match["name"], match["body"], "SECURITY DEFINER" in attributes, config, f"CREATE OR REPLACE {match['text']}"
    )


def _policy(match: re.Match[str]) -> Policy:
    roles = tuple(sorted(role.strip() for role in (match["roles"] or "").split(",") if role.strip()))
    return Policy(match["name"], match["table"], match["command"], roles, match["rule"], match["text"])
