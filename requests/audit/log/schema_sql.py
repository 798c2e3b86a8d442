"""The log's tables, functions, triggers and policies. No Django.

LOG.md, "Tables" and "Guards in the database", says why each piece is there.
"""

from core.db import AUTHORISATION_SECONDS
from core.db_objects import OWN_ROWS, STATEMENT, Function, Policy, Trigger

from .purposes import CATEGORY_READ, DESPITE_RESTRICTION, MACHINE_READS, ReadPurpose

_DESPITE = ", ".join(f"'{purpose}'" for purpose in DESPITE_RESTRICTION)
FUNCTIONS = [
    Function(__file__, "audit_refuse"),
    # Sets the transaction and the time itself, since both decide what the entry authorises. U+0000 may be in a payload
    # but not in jsonb: no compared column has it, or the character that replaces it. Types are named with their
    # schema, because temporary types come first; a search path of its own would take a fifth longer.
    Function(__file__, "audit_stamp"),
    Function(__file__, "audit_queue", is_definer=True),
    Function(__file__, "audit_grow_only"),
    Function(
        __file__,
        "audit_ticket",
        "ticket uuid",
        "TABLE (event text, subject text, actor text)",
        "sql STABLE",
        is_definer=True,
        values={
            "seconds": AUTHORISATION_SECONDS,
            "machine_reads": ", ".join(f"'{event}'" for event in sorted(MACHINE_READS)),
            "purposes": ", ".join(f"'{purpose}'" for purpose in ReadPurpose),
            "despite_restriction": _DESPITE,
            "categories": " ".join(f"WHEN '{event}' THEN '{name}'" for event, name in CATEGORY_READ.items()),
        },
    ),
    # Whether an entry's purpose lets a machine read what is restricted, whatever category the entry names.
    Function(
        __file__,
        "audit_reads_despite",
        "ticket uuid",
        "boolean",
        "sql STABLE",
        is_definer=True,
        values={"despite_restriction": _DESPITE},
    ),
    Function(__file__, "audit_ticket_age", "ticket uuid", "double precision", "sql STABLE", is_definer=True),
    Function(
        __file__,
        "audit_count_unsealed",
        "place text, part text, sample integer",
        "TABLE (seen bigint, unsealed bigint)",
        "plpgsql STABLE",
        is_definer=True,
    ),
    # Whether the log says that a person is erased: the condition on which their rows go. An entry of the same
    # transaction counts, since what goes and the entry are then committed together or not at all.
    Function(__file__, "audit_is_erased", "of_subject text", "boolean", "sql STABLE", is_definer=True),
    # Whether the use of a person's data category is restricted or objected to: one condition for machines and staff.
    Function(
        __file__, "audit_is_restricted", "of_subject text, of_category text", "boolean", "sql STABLE", is_definer=True
    ),
    Function(__file__, "audit_may_erase", "of_subject text", "boolean", "sql STABLE", is_definer=True),
    # For any table with a state or a time of ending; `keep_ended` makes its triggers.
    Function(__file__, "audit_keep_ended", search_path="pg_catalog, pg_temp"),
    Function(__file__, "audit_keep_disclosures", is_definer=True),
    Function(__file__, "audit_make_partition", "month date, low uuid, high uuid", "void", is_definer=True),
    Function(__file__, "audit_guard_partition", "part text", "void", is_definer=True),
    # An auditor's role may read tokens and say that one was used; it may not make one or let one live longer.
    Function(__file__, "audit_token_used", "token uuid, at timestamptz", "void", is_definer=True),
]

TRIGGERS = [
    *(
        Trigger("audit_no_change", table, "BEFORE UPDATE OR DELETE", "audit_refuse")
        for table in ("audit_entry", "audit_leaf", "audit_checkpoint")
    ),
    *(
        trigger
        for table in ("audit_tile", "audit_head")
        for trigger in (
            Trigger("audit_grow", table, "BEFORE UPDATE", "audit_grow_only"),
            Trigger("audit_no_change", table, "BEFORE DELETE", "audit_refuse"),
        )
    ),
    *(
        Trigger("audit_no_truncate", f"audit_{name}", "BEFORE TRUNCATE", "audit_refuse", STATEMENT)
        for name in ("entry", "leaf", "checkpoint", "tile", "head", "pending", "disclosure")
    ),
    Trigger("audit_stamped", "audit_entry", "BEFORE INSERT", "audit_stamp"),
    Trigger("audit_to_queue", "audit_entry", "AFTER INSERT", "audit_queue"),
    Trigger("audit_no_change", "audit_disclosure", "BEFORE UPDATE", "audit_refuse"),
    Trigger(
        "audit_keep",
        "audit_disclosure",
        "AFTER DELETE",
        "audit_keep_disclosures",
        f"REFERENCING OLD TABLE AS gone {STATEMENT}",
    ),
]

_READERS = "office_staff, office_worker, office_sequencer, office_auditor"
#: a user's own pages see the entries about that user only; the other roles see the log as their grants say
POLICIES = [
    Policy("audit_entry_insert", "audit_entry", "INSERT", check="true", is_exact=True),
    Policy("audit_entry_own", "audit_entry", "SELECT", "office_self", using=OWN_ROWS, is_exact=True),
    Policy("audit_entry_house", "audit_entry", "SELECT", _READERS, using="true", is_exact=True),
]


def keep_ended(*tables: str) -> list[Trigger]:
    """Return the triggers by which rows of these tables that have ended stay ended."""
    return [Trigger("audit_ended", table, "BEFORE UPDATE", "audit_keep_ended") for table in tables]


ENDINGS = keep_ended("audit_export", "audit_export_schedule", "audit_readertoken")
OBJECTS = [*FUNCTIONS, *TRIGGERS, *ENDINGS, *POLICIES]
