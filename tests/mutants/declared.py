"""The mutants: each weakens one named function, policy or trigger, and the tests that it names must fail.

A fixed set, chosen by what it would cost if nobody noticed. One that no longer applies fails: its function was
rewritten, and the mutant is to be written anew. None names a test that only compares the catalogue with what is
declared: what the office does must fail.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Mutant:
    """One weakening. `old` must stand exactly once in what `target` names, and becomes `new`.

    `kind`: `python` (module:function), `function` (of the database), `policy` (table:policy, its USING or WITH CHECK
    becomes `true`), `trigger` (table:trigger, dropped). `suite`: the tests that must notice.
    """

    name: str
    kind: Literal["python", "function", "policy", "trigger"]
    target: str
    suite: tuple[str, ...]
    old: str = ""
    new: str = ""


_CHECK = "humanaccess.services.read_item:_check"
_LISTING = "humanaccess.services.listing:_listing"
_APPEND_LISTED = "append(events.ITEMS_LISTED, actor=actor, subject=subject.reference, now=now, payload=payload)"
_ENTRY = "nullif(current_setting('office.entry', true), '')::uuid"
_NOT_OWN = "AND e.xid IS DISTINCT FROM pg_current_xact_id_if_assigned()"
_RULES = ("tests/humanaccess/test_reading.py::test_every_rule_is_checked_on_every_read",)
_GATE = "tests/humanaccess/test_gate.py"
_GOOGLE = "tests/humanaccess/test_google_ended.py"
_GLASS = "tests/humanaccess/test_break_glass.py"
_STOLEN = "tests/stolen/test_gate.py"
_ROLES = "tests/accounts/identity/test_second_person.py"
_ENDINGS = "tests/stolen/test_endings.py"
_SUMS = ("tests/accounts/workloads/test_sums.py::test_the_database_gives_sums_after_a_committed_entry_alone",)
_SWEEPS = "tests/audit/log/test_sweeps.py"
_JOURNAL = "tests/audit/erasure/test_journal_length.py"

_GATE_IN_PYTHON = (
    Mutant("the gate forgets the second factor", "python", _CHECK, _RULES, "if not mfa:", "if False:"),
    Mutant("the gate forgets the step-up", "python", _CHECK, _RULES, "if not stepped_up:", "if False:"),
    Mutant(
        "the gate forgets the reader's role",
        "python",
        _CHECK,
        _RULES,
        "set(grant.roles) & grant.approval_request.rule.askers",
        "True",
    ),
    Mutant(
        "the gate forgets that nobody reads their own data",
        "python",
        _CHECK,
        _RULES,
        "if theirs is None or share_mailbox([reader.email, *grant.own], [theirs, *grant.theirs]):",
        "if theirs is None:",
    ),
    Mutant("the gate forgets the scope", "python", _CHECK, _RULES, "if item is None:", "if False:"),
    Mutant(
        "the gate forgets that an access has ended",
        "python",
        _CHECK,
        ("tests/humanaccess/test_reading.py::test_revocation_bites_at_the_next_read",),
        "if grant.ended_at is not None:",
        "if False:",
    ),
    Mutant(
        "a listing names an entry that nobody appended",
        "python",
        _LISTING,
        ("tests/humanaccess/test_listing.py",),
        f"entry = {_APPEND_LISTED}",
        'entry = __import__("uuid").uuid4()',
    ),
    Mutant(
        "a listing goes on where the log cannot be written",
        "python",
        _LISTING,
        ("tests/humanaccess/test_listing.py::test_nothing_is_listed_where_the_log_cannot_be_written",),
        'raise LogUnwritableError(_("The log could not be written, so nothing is shown."), rule="log") from error',
        'entry = ""',
    ),
)

_GATE_IN_THE_DATABASE = (
    Mutant(
        "an ended grant opens an item",
        "function",
        "humanaccess_open_item",
        (f"{_GATE}::test_an_ended_grant_shows_nothing_though_the_entry_stands",),
        "AND g.ended_at IS NULL",
    ),
    Mutant(
        "a grant whose window is over opens an item",
        "function",
        "humanaccess_open_item",
        (f"{_GATE}::test_a_grant_whose_window_is_over_shows_nothing",),
        "AND clock_timestamp() < g.ends_at",
    ),
    Mutant(
        "a read entry of the same transaction opens an item",
        "function",
        "humanaccess_open_item",
        (f"{_GATE}::test_nothing_is_seen_without_an_entry_or_with_one_of_the_same_transaction",),
        _NOT_OWN,
    ),
    Mutant(
        "an old read entry opens an item",
        "function",
        "humanaccess_open_item",
        (f"{_GATE}::test_an_entry_authorises_for_seconds_after_the_database_wrote_it",),
        "AND e.written_at BETWEEN clock_timestamp() - interval '10 seconds' AND clock_timestamp()",
    ),
    Mutant(
        "a read entry about somebody else opens an item",
        "function",
        "humanaccess_open_item",
        (f"{_GATE}::test_an_entry_that_names_anything_else_authorises_nothing",),
        "AND e.subject = g.subject",
    ),
    Mutant(
        "a reader without the role opens an item",
        "function",
        "humanaccess_open_item",
        (f"{_GATE}::test_a_reader_without_the_role_sees_nothing_though_nobody_ended_the_grant",),
        "AND i.answer = 'agreed'\n                AND g.reader IN",
        "AND i.answer = 'agreed'\n                AND '' NOT IN",
    ),
    Mutant(
        "what automations hold opens after the end of access to Google data",
        "function",
        "humanaccess_open_item",
        (f"{_GOOGLE}::test_a_grant_that_holds_more_lives_on_for_that_alone",),
        "AND r.wiped_at > g.starts_at",
        "AND r.wiped_at < g.starts_at",
    ),
    Mutant(
        "the end of access to Google data ends grants on other things, too",
        "function",
        "humanaccess_end_on_google_data",
        (f"{_GOOGLE}::test_a_grant_that_holds_more_lives_on_for_that_alone",),
        "AND NOT starts_with(i.kind, 'connections.')",
        "AND false",
    ),
    Mutant(
        "an order to drop what is cached is answered as a correction",
        "function",
        "workloads_keep_order",
        ("tests/stolen/test_drop_orders.py::test_it_is_answered_by_its_own_outcome_alone",),
        "NEW.outcome NOT IN ('dropped', 'nothing_held')",
        "NEW.outcome = ''",
    ),
    Mutant(
        "who no longer holds a role counts as its holder",
        "function",
        "humanaccess_holders",
        ("tests/humanaccess/test_roles.py::test_an_approval_counts_while_its_author_holds_the_right",),
        "AND r.ended_at IS NULL",
    ),
    Mutant(
        "one approval is enough for what was not agreed to",
        "function",
        "humanaccess_count_approvals",
        ("tests/humanaccess/test_asking.py::test_after_a_refusal_a_second_approver_must_see_it",),
        "THEN 2 ELSE 1 END",
        "THEN 1 ELSE 1 END",
    ),
    Mutant(
        "a grant opens with too few approvals",
        "function",
        "humanaccess_open_grant",
        (f"{_GATE}::test_an_approval_by_the_asker_or_without_the_right_opens_nothing",),
        "OR approvals < needed",
    ),
    Mutant(
        "break-glass opens on top of another that nobody reviewed",
        "function",
        "humanaccess_open_grant",
        (f"{_GLASS}::test_the_database_chains_none_and_buys_nothing_that_was_refused",),
        "WHERE b.break_glass AND NOT EXISTS (",
        "WHERE false AND NOT EXISTS (",
    ),
    Mutant(
        "a request that expired opens without a decision",
        "function",
        "humanaccess_open_grant",
        (f"{_GLASS}::test_the_database_opens_nothing_else_without_a_decision",),
        "IF a.state <> 'opened' OR",
        "IF",
    ),
    Mutant(
        "an entry authorises decryption for ever",
        "function",
        "audit_ticket",
        (f"{_STOLEN}::test_an_entry_of_another_time_authorises_no_machine",),
        "AND e.written_at BETWEEN clock_timestamp() - interval '3900 seconds' AND clock_timestamp()",
    ),
    Mutant(
        "a machine reads without a purpose",
        "function",
        "audit_ticket",
        ("tests/stolen/test_purposes.py::test_no_purpose_and_one_that_is_not_listed_open_nothing",),
        "AND (e.event NOT IN",
        "AND (true OR e.event NOT IN",
    ),
    Mutant(
        "a machine reads what is restricted",
        "function",
        "audit_ticket",
        ("tests/rights/test_marks.py::test_machines_read_what_is_restricted_for_a_right_or_a_law_alone",),
        "OR NOT public.audit_is_restricted(",
        "OR true OR NOT public.audit_is_restricted(",
    ),
    Mutant(
        "an entry of the same transaction authorises decryption",
        "function",
        "audit_ticket",
        (f"{_STOLEN}::test_a_machine_entry_that_is_rolled_back_shows_nothing",),
        _NOT_OWN,
    ),
    Mutant(
        "sums are shown without an entry",
        "function",
        "workloads_shown_sums",
        _SUMS,
        f"FROM public.audit_ticket({_ENTRY}) t JOIN public.workloads_dailytotal d ON d.subject = t.subject\n"
        "        WHERE t.event = 'workloads.sums.shown' AND starts_with(t.actor, 'staff:')\n"
        f"          AND public.audit_ticket_age({_ENTRY}) < 10",
        "FROM public.workloads_dailytotal d",
    ),
    Mutant(
        "any entry shows sums",
        "function",
        "workloads_shown_sums",
        _SUMS,
        "t.event = 'workloads.sums.shown' AND ",
    ),
)

_TRIGGERS = (
    Mutant(
        "who inserts an entry chooses its transaction",
        "function",
        "audit_stamp",
        (f"{_STOLEN}::test_a_committed_entry_bears_the_databases_own_time_and_transaction",),
        "NEW.xid := pg_current_xact_id();",
    ),
    Mutant(
        "who inserts an entry chooses its time",
        "function",
        "audit_stamp",
        (f"{_STOLEN}::test_a_committed_entry_bears_the_databases_own_time_and_transaction",),
        "NEW.written_at := clock_timestamp();",
    ),
    Mutant(
        "a closed approval request may be written to",
        "trigger",
        "humanaccess_ask:humanaccess_keep",
        (f"{_ENDINGS}::test_a_closed_approval_request_never_reopens_nor_changes",),
    ),
    Mutant(
        "a grant may be written to",
        "trigger",
        "humanaccess_grant:humanaccess_keep",
        (f"{_ENDINGS}::test_a_grant_ends_once_and_never_lives_longer",),
    ),
    Mutant(
        "a weighty role is in force at once",
        "trigger",
        "identity_roleassignment:identity_keep",
        (f"{_ROLES}::test_a_role_forged_by_the_staff_roles_sql_waits_all_the_same",),
    ),
    Mutant(
        "disclosures go without an erasure",
        "trigger",
        "audit_disclosure:audit_keep",
        ("tests/stolen/test_reach.py::test_every_listed_ability_can_be_done[office_worker]",),
    ),
)

_POLICIES = (
    Mutant(
        "a person sees the access tokens of others",
        "policy",
        "identity_usertoken:identity_usertoken_own",
        ("tests/accounts/identity/test_tokens.py::test_no_role_makes_or_lists_what_is_not_its_own",),
    ),
    Mutant(
        "the worker sees log lines without a committed entry",
        "policy",
        "workloads_logline:workloads_logline_ticket",
        ("tests/accounts/workloads/test_gates.py::test_the_worker_sees_a_subject_under_a_committed_step_entry_only",),
    ),
    Mutant(
        "staff see commands without a read entry",
        "policy",
        "workloads_command:workloads_command_staff",
        ("tests/accounts/workloads/test_gates.py::test_staff_see_no_row_whatever_they_set",),
    ),
    Mutant(
        "a user sees the automations of others",
        "policy",
        "connections_automation:connections_automation_own",
        ("tests/accounts/workloads/test_gates.py::test_own_pages_see_own_rows_only",),
    ),
    Mutant(
        "a user sees entries about others",
        "policy",
        "audit_entry:audit_entry_own",
        ("tests/audit/log/test_append.py::test_the_users_role_sees_only_entries_about_its_subject",),
    ),
    Mutant(
        "staff answer for the user",
        "policy",
        "humanaccess_decision:humanaccess_decision_second",
        (f"{_GATE}::test_the_staff_role_cannot_answer_for_the_user",),
    ),
)

_IN_SWEEPS = (
    Mutant(
        "a claimed letter is still due",
        "python",
        "accounts.inbox.services:_claim",
        (f"{_SWEEPS}::test_a_letter_is_claimed_at_its_own_moment_however_long_the_sweep_takes",),
        "mail_due_at=now + LEASE",
        "mail_due_at=now",
    ),
    Mutant(
        "a worker that lost the claim of a letter mails it as well",
        "python",
        "accounts.inbox.services:_claim",
        ("tests/accounts/inbox/test_letters.py",),
        "return letter if taken else None",
        "return letter",
    ),
    Mutant(
        "a grant ends before its window does",
        "python",
        "humanaccess.services.expire:expire_grants",
        ("tests/humanaccess/test_reading.py::test_the_sweep_records_the_grants_whose_window_is_over",),
        ", ends_at__lte=now",
    ),
    Mutant(
        "a sweep that lost the end of a grant tells the user as well",
        "python",
        "humanaccess.services.expire:_expire_grant",
        ("tests/humanaccess/test_sweeps.py",),
        "if not end_grant(grant, EndReason.EXPIRED, actor=_SWEEPER, now=now):",
        "if end_grant(grant, EndReason.EXPIRED, actor=_SWEEPER, now=now) is None:",
    ),
    Mutant(
        "an item that raises stops its sweep",
        "python",
        "audit.log.sweep_items:sweep_items",
        (f"{_SWEEPS}::test_an_item_that_raises_is_retried_later_then_needs_attention",),
        "except Exception as error:",
        "except ZeroDivisionError as error:",
    ),
    Mutant(
        "a sweep claims by the time at which it began",
        "python",
        "audit.log.sweep_items:sweep_items",
        (f"{_SWEEPS}::test_a_letter_is_claimed_at_its_own_moment_however_long_the_sweep_takes",),
        "act(key, moment())",
        "act(key, now)",
    ),
)

_ERASED = "tests/rights/test_erase_person.py"
_IN_ERASING = (
    Mutant(
        "rows go without an entry that says who is erased",
        "function",
        "workloads_erase",
        (f"{_ERASED}::test_no_row_goes_without_an_entry_that_says_so",),
        "NOT public.audit_may_erase(of_subject)",
        "false",
    ),
    Mutant(
        "a refused erasure counts as an erasure",
        "function",
        "audit_may_erase",
        (f"{_ERASED}::test_a_refused_erasure_lets_nothing_go",),
        "AND e.event IN ('audit.subject.shredded', 'rights.erasure.started')\n          AND e.outcome = 'ok'",
    ),
    Mutant(
        "a category that fails stops the others",
        "python",
        "accounts.personaldata.erase:_is_gone",
        (f"{_ERASED}::test_a_category_that_fails_is_named_and_the_others_go",),
        "except Exception as error:",
        "except ZeroDivisionError as error:",
    ),
    Mutant(
        "nothing is read again after an erasure",
        "python",
        "accounts.personaldata.erase:_is_gone",
        (f"{_ERASED}::test_a_verb_that_does_nothing_is_found",),
        "category.recheck(reference) == 0",
        "True",
    ),
)

_IN_THE_JOURNAL = (
    Mutant(
        "a journal that was cut off is taken for whole",
        "python",
        "audit.erasure.journal_format:compare_lengths",
        (f"{_JOURNAL}::test_an_old_journal_under_a_newer_database_is_named_everywhere",),
        "if expected and",
        "if False and",
    ),
    Mutant(
        "other people in the journal are not noticed",
        "python",
        "audit.erasure.journal_format:compare_lengths",
        (f"{_JOURNAL}::test_other_people_under_the_logs_own_signature_are_named",),
        'if passed.digest not in ("", length.digest):',
        "if False:",
    ),
    Mutant(
        "the journal's length goes to no destination",
        "python",
        "audit.publishing.deliveries:_put",
        (f"{_JOURNAL}::test_a_journal_as_old_as_its_databases_is_noticed_by_the_bucket",),
        ", _journal_length())",
        ", None)",
    ),
    Mutant(
        "a signed length stands for lines that it does not name",
        "python",
        "audit.erasure.journal:_vouched",
        (f"{_JOURNAL}::test_a_line_signed_by_somebody_else_is_named",),
        "and length == signed",
        "",
    ),
)

MUTANTS = (
    *_GATE_IN_PYTHON,
    *_GATE_IN_THE_DATABASE,
    *_TRIGGERS,
    *_POLICIES,
    *_IN_SWEEPS,
    *_IN_ERASING,
    *_IN_THE_JOURNAL,
)
