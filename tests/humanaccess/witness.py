"""What the database says at one moment, past the office's own code: a connection and statements of its own."""

import os
from datetime import timedelta

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

#: written anew here, so that a mistake in the office's own tables does not excuse itself
READERS = {
    "agreement": {"support", "security_engineer", "privacy_officer"},
    "security": {"security_engineer"},
    "legal": {"legal_counsel"},
}
APPROVERS = {"security": {"approver_security"}, "legal": {"approver_legal", "legal_counsel"}}
LONGEST = {"agreement": timedelta(days=5), "security": timedelta(hours=24), "legal": timedelta(days=5)}
TABLES = {
    "workloads.logline": "workloads_logline",
    "connections.run": "connections_run",
    "platform.code": "workloads_app",
}
#: every column of time that a rule of access looks at
_TIMES = {
    "humanaccess_ask": ("asked_at", "expires_at", "closed_at"),
    "humanaccess_decision": ("decided_at", "shown_at"),
    "humanaccess_grant": ("starts_at", "ends_at", "ended_at"),
    "humanaccess_review": ("reviewed_at",),
    "humanaccess_sample": ("drawn_at", "reviewed_at"),
    "humanaccess_readcode": ("expires_at", "redeemed_at"),
    "humanaccess_legalprocess": (
        *("received_at", "due_at", "filed_at", "closed_at"),
        *("produced_at", "notified_at", "delayed_until"),
    ),
    "identity_roleassignment": ("given_at", "confirmed_at", "effective_at", "ended_at"),
    "audit_entry": ("time", "written_at"),
}
_GRANT = """
SELECT g.reader, g.subject, g.ended_at, g.starts_at, g.ends_at, clock_timestamp() AS at, a.id AS request, a.ground,
       a.state, a.asker, a.subject AS of_subject, a.reference, a.break_glass, a.process_id, i.answer, i.id AS named
FROM humanaccess_grant g JOIN humanaccess_ask a ON a.id = g.ask_id
LEFT JOIN humanaccess_ask_item i ON i.ask_id = a.id AND i.kind = %s AND i.item = %s
WHERE g.id = %s
"""
#: whether the user had not agreed to this item when access opened
_REFUSED_BEFORE = """
SELECT EXISTS (
    SELECT FROM humanaccess_ask_item i JOIN humanaccess_ask a ON a.id = i.ask_id
    WHERE i.subject = %s AND i.kind = %s AND i.item = %s AND i.answer <> 'agreed' AND a.ground = 'agreement'
      AND (a.closed_at < %s OR a.expires_at < %s - interval '1 second')) AS found
"""


def mailbox(address):
    """Return the mailbox of an address, whatever its case and tag."""
    name, _at, domain = address.lower().partition("@")
    return f"{name.partition('+')[0]}@{domain}"


class Witness:
    """Looks at the rows themselves, as their owner, and lets time pass for all of them."""

    def __init__(self):
        self.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, row_factory=dict_row)

    def rows(self, statement, *values):
        """Return the rows that a statement finds."""
        return self.connection.execute(statement, values).fetchall()

    def close(self):
        self.connection.close()

    def clock(self):
        """Return the database's time."""
        return self.rows("SELECT clock_timestamp() AS at")[0]["at"]

    def refusals(self):
        """Return how many entries say that something was refused."""
        return self.rows("SELECT count(*) AS n FROM audit_entry WHERE outcome = 'refused'")[0]["n"]

    def holders(self, roles):
        """Return the references of those who hold one of these roles now."""
        found = self.rows(
            "SELECT u.reference FROM identity_user u JOIN identity_roleassignment r ON r.user_id = u.id "
            "WHERE u.is_staff AND u.is_active AND r.role = ANY(%s) AND r.ended_at IS NULL "
            "AND r.effective_at <= clock_timestamp()",
            sorted(roles),
        )
        return {row["reference"] for row in found}

    def is_one_person(self, one, other):
        """Return whether two references are accounts of one mailbox."""
        people = self.rows("SELECT email FROM identity_user WHERE reference IN (%s, %s)", one, other)
        return len({mailbox(person["email"]) for person in people}) == 1

    def entries(self, event, since, **facts):
        """Return the ids of committed entries of this event since then, whose leaf and payload say these facts."""
        found = self.rows(
            "SELECT id, convert_from(leaf, 'UTF8')::jsonb AS leaf FROM audit_entry "
            "WHERE event = %s AND outcome = 'ok' AND written_at >= %s",
            event,
            since,
        )
        return [
            str(row["id"])
            for row in found
            if all(row["leaf"].get(name, row["leaf"]["payload"].get(name)) == value for name, value in facts.items())
        ]

    def faults_of_read(self, grant, kind, item, reader):
        """Return what speaks against reading this item under this grant at this moment, nothing where all is well."""
        found = self.rows(_GRANT, kind, item, grant)
        if not found:
            return ["there is no such grant"]
        [g] = found
        owner = self.rows(
            sql.SQL("SELECT subject FROM {} WHERE id = %s").format(sql.Identifier(TABLES[kind])),
            type(item)(int=item.int ^ 1) if kind == "platform.code" else item,
        )
        checks = {
            "the grant has ended": g["ended_at"] is None,
            "the window is not open": g["starts_at"] <= g["at"] < g["ends_at"],
            "it is another's grant": g["reader"] == g["asker"] == reader,
            "it is of another person": g["subject"] == g["of_subject"] == (owner[0]["subject"] if owner else None),
            "it is of the reader": not self.is_one_person(reader, g["subject"]),
            "the item is not named": g["named"] is not None,
            "the role is gone": reader in self.holders(READERS[g["ground"]]),
            **getattr(self, f"_{g['ground']}")(g, kind, item),
        }
        return [fault for fault, is_well in checks.items() if not is_well]

    def _decisions(self, g, verdict):
        return self.rows("SELECT * FROM humanaccess_decision WHERE ask_id = %s AND verdict = %s", g["request"], verdict)

    def _was_refused(self, g, kind, item):
        [row] = self.rows(_REFUSED_BEFORE, g["subject"], kind, item, g["starts_at"], g["starts_at"])
        return row["found"]

    def _agreement(self, g, _kind, item):
        answers = self._decisions(g, "agreed")
        return {
            "the user has not agreed": g["state"] == "agreed"
            and [each["decided_by"] for each in answers] == [g["subject"]],
            "the agreement does not name it": g["answer"] == "agreed"
            and any(str(item) in each["items"] for each in answers),
        }

    def _approved(self, g, kind, item, needed):
        deciders = {each["decided_by"]: each for each in self._decisions(g, "approved")}
        entitled = deciders.keys() & self.holders(APPROVERS[g["ground"]])
        if self._was_refused(g, kind, item):
            entitled = {one for one in entitled if deciders[one]["saw_refusal"]}
        else:
            needed = 1
        return {
            "nobody approved": g["state"] == "approved" and len(entitled) >= needed,
            "somebody declined": not self._decisions(g, "declined"),
            "one approved for themself": not any(
                self.is_one_person(one, other) for one in deciders for other in (g["asker"], g["subject"])
            ),
        }

    def _security(self, g, kind, item):
        if not g["break_glass"]:
            return self._approved(g, kind, item, needed=2)
        told = self.rows(
            "SELECT FROM audit_entry WHERE event = 'humanaccess.glass.broken' AND case_ref = %s", g["reference"]
        )
        return {
            "nobody was told": len(told) == 1 and g["state"] == "opened",
            "it lasts for more than an hour": g["ends_at"] - g["starts_at"] <= timedelta(hours=1),
            "the user had not agreed": not self._was_refused(g, kind, item),
        }

    def _legal(self, g, kind, item):
        process = self.rows("SELECT subject, state FROM humanaccess_legalprocess WHERE id = %s", g["process_id"])
        return {
            "no process": len(process) == 1
            and process[0]["subject"] == g["subject"]
            and process[0]["state"] in {"scope_agreed", "produced"},
            **self._approved(g, kind, item, needed=1),
        }

    def faults_of_listing(self, person, subject, case):
        """Return what speaks against this person listing items of the subject at this moment."""
        grounds = [ground for ground, roles in READERS.items() if person in self.holders(roles)]
        process = self.rows(
            "SELECT FROM humanaccess_legalprocess WHERE reference = %s AND subject = %s AND state = 'scope_agreed'",
            case,
            subject,
        )
        faults = [] if grounds else ["no role lets them"]
        if (case is not None or grounds == ["legal"]) and not process:
            faults.append("no process")
        return [*faults, *(["it is their own"] if self.is_one_person(person, subject) else [])]

    def check_history(self, before):
        """Check what never changes, and return it: a closed request, an ended grant, no grant longer than allowed."""
        now = {}
        for row in self.rows(
            'SELECT a.id, a.state, a.ground, a.asker, a.subject, a."window", a.break_glass, g.id AS grant, g.reader, '
            "g.subject AS of_subject, g.ends_at - g.starts_at AS lasts, g.ended_reason, g.ended_at IS NOT NULL "
            'OR g.ends_at <= clock_timestamp() AS is_over, (SELECT min(d."window") FROM humanaccess_decision d '
            "WHERE d.ask_id = a.id AND d.verdict IN ('agreed', 'approved')) AS shortest "
            "FROM humanaccess_ask a LEFT JOIN humanaccess_grant g ON g.ask_id = a.id"
        ):
            then, now[row["id"]] = before.get(row["id"]), row
            if then is not None and then["state"] != "asked":
                assert row["state"] == then["state"], f"a closed request moved: {then} {row}"
                assert row["grant"] == then["grant"], "a closed request opened again"
            if row["grant"] is None:
                assert row["state"] in {"asked", "refused", "cancelled", "expired"}
                continue
            assert row["state"] in {"agreed", "approved", "opened"}
            assert (row["reader"], row["of_subject"]) == (row["asker"], row["subject"])
            allowed = [row["window"], LONGEST[row["ground"]], row["shortest"]]
            allowed.append(timedelta(hours=1) if row["break_glass"] else None)
            assert row["lasts"] <= min(each for each in allowed if each is not None), f"too long: {row}"
            if then is not None and then["is_over"]:
                assert row["is_over"], f"an ended grant lives again: {then} {row}"
                assert then["ended_reason"] in {"", row["ended_reason"]}
        assert before.keys() <= now.keys(), "a request is gone"
        return now

    def pass_time(self, delta):
        """Let time pass: every stored time goes back by as much, so that the database's own clock agrees."""
        names = list(_TIMES)
        guards = self.rows(
            "SELECT t.tgname, c.relname, t.tgenabled FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE c.relname = ANY(%s) AND NOT t.tgisinternal AND t.tgenabled <> 'D'",
            names,
        )
        switch = sql.SQL("ALTER TABLE {} {} TRIGGER {}")
        ways = {"O": "ENABLE", "A": "ENABLE ALWAYS", "R": "ENABLE REPLICA"}
        with self.connection.transaction():
            for guard in guards:
                on = sql.Identifier(guard["relname"]), sql.SQL("DISABLE"), sql.Identifier(guard["tgname"])
                self.connection.execute(switch.format(*on))
            for table, columns in _TIMES.items():
                moved = sql.SQL(", ").join(
                    sql.SQL("{0} = {0} - {1}").format(sql.Identifier(column), sql.Literal(delta)) for column in columns
                )
                self.connection.execute(sql.SQL("UPDATE {} SET {}").format(sql.Identifier(table), moved))
            for guard in guards:
                way = ways[guard["tgenabled"]]
                off = sql.Identifier(guard["relname"]), sql.SQL(way), sql.Identifier(guard["tgname"])
                self.connection.execute(switch.format(*off))
