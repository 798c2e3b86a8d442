"""What a thief of each role's password can still do by SQL: the list that THREAT_MODEL.md gives, word for word.

`over` names every table right (S select, I insert, U update, D delete, on columns or the whole) and function that the
ability rests on: together they are all that the catalogue gives the role. `statements` are some that succeed.
"""

from dataclasses import dataclass

RESTRICTED = (
    "workloads_app workloads_usagerecord workloads_metric workloads_command workloads_logline "
    "connections_automation connections_run"
)
SUMS = "workloads_dailytotal connections_dailytotal"
CACHE = "identity_cacheentry"
_CLEARED = f"UPDATE {CACHE} SET value = '0'", f"DELETE FROM {CACHE}"
_COUNTS = "raise, lower and clear the counts of rate limits and of codes, used ones too"
_REGISTER = "read the register of processors", {"terms_processor": "S"}, ("SELECT * FROM terms_processor",)
TREE = "audit_leaf audit_tile audit_head audit_checkpoint audit_cosignature"
_ENTRY = "INSERT INTO audit_disclosure VALUES (gen_random_uuid(), repeat('a', 32), 'x')"

_MUTED = "INSERT INTO identity_staffmail (subject, muted, told) VALUES (repeat('a', 32), '[]', '{{}}')"


@dataclass(frozen=True)
class Ability:
    """One thing that SQL as `role` can do; `told` is its cell in THREAT_MODEL.md."""

    role: str
    told: str
    over: dict[str, str]
    statements: tuple[str, ...]
    calls: str = ""


ABILITIES = [
    # -- users' own pages
    Ability(
        "office_self",
        "read any subject's restricted rows and sums, as they are stored, without an entry",
        {RESTRICTED: "S", SUMS: "S"},
        (
            "SELECT * FROM workloads_logline",
            "SELECT * FROM connections_automation",
            "SELECT * FROM workloads_dailytotal",
        ),
    ),
    Ability(
        "office_self",
        (
            "read and write every account: password hashes, addresses, provider ids, second factors, sign-in "
            "sessions; read roles"
        ),
        {
            "identity_user": "SIU",
            "account_emailaddress account_emailconfirmation socialaccount_socialaccount mfa_authenticator": "SIUD",
            "django_session usersessions_usersession": "SIUD",
            "socialaccount_socialapp identity_roleassignment": "S",
        },
        (
            "UPDATE identity_user SET password = 'thief'",
            (
                "INSERT INTO mfa_authenticator (user_id, type, data, created_at) SELECT id, 'totp', '{{}}', now() "
                "FROM identity_user LIMIT 1"
            ),
            "INSERT INTO django_session VALUES (repeat('a', 40), 'x', now())",
            "SELECT * FROM identity_roleassignment",
        ),
        calls="identity_has_password identity_sessions_by_day",
    ),
    Ability("office_self", _COUNTS, {CACHE: "SIUD"}, _CLEARED),
    Ability(
        "office_self",
        "read and change what any member of staff was mailed about, and what they want no mails about",
        {"identity_staffmail": "SIU"},
        (_MUTED.replace("repeat('a', 32)", "current_setting('office.subject')"),),
    ),
    Ability(
        "office_self",
        "read any subject's letters, as they are stored, mark them read, and write letters",
        {"inbox_letter": "SIU"},
        ("SELECT * FROM inbox_letter", "UPDATE inbox_letter SET read_at = now()"),
    ),
    Ability(
        "office_self",
        (
            "file, close and change any subject's rights requests, answer open questions about them, say that "
            "their package is offered, and read certificates of deletions"
        ),
        {
            "rights_counter": "SIU",
            "rights_rightsrequest": "SIU",
            "rights_step rights_certificate": "S",
            "rights_package": "SU",
            "rights_question": "SU",
        },
        ("UPDATE rights_rightsrequest SET state = 'withdrawn', closed_at = now()",),
    ),
    Ability(
        "office_self",
        "read orders to the platform about any subject, with their answers, and which of their apps have ended",
        {"workloads_platformorder workloads_terminatedapp": "S"},
        ("SELECT * FROM workloads_platformorder", "SELECT * FROM workloads_terminatedapp"),
    ),
    Ability(
        "office_self",
        "read any subject's pseudonyms for analytics",
        {"workloads_pseudonym": "S"},
        ("SELECT * FROM workloads_pseudonym",),
    ),
    Ability(
        "office_self",
        "answer approval requests in any user's name, which opens a grant, and end grants on agreement",
        {
            "humanaccess_ask humanaccess_ask_item": "SU",
            "humanaccess_decision": "SI",
            "humanaccess_grant humanaccess_review": "S",
        },
        ("SELECT * FROM humanaccess_decision", "SELECT 1 WHERE humanaccess_end_grant('{grant}', 'user', now())"),
        calls="humanaccess_open_grant humanaccess_end_grant",
    ),
    Ability(
        "office_self",
        (
            "add entries of any kind; read the entries about any subject, every encrypted detail of the log, and "
            "the tree"
        ),
        {"audit_entry audit_disclosure": "SI", TREE: "S", "django_migrations django_content_type": "S"},
        ("SELECT * FROM audit_entry", _ENTRY, "SELECT * FROM audit_head"),
        calls="audit_ticket audit_ticket_age audit_is_erased",
    ),
    Ability(
        "office_self",
        "read of any subject's legal holds what they keep and until when",
        {"rights_hold": "S"},
        ("SELECT category, ends_on FROM rights_hold",),
    ),
    Ability("office_self", *_REGISTER),
    # -- staff
    Ability(
        "office_staff",
        (
            "read one restricted row, as it is stored, for each read entry committed under a grant, which can be "
            "had by forging role, approval request and decision; or with somebody else's entry, in its first ten "
            "seconds. The entries stay"
        ),
        {RESTRICTED: "S"},
        ("~read",),
        calls="humanaccess_open_item humanaccess_open_grant audit_ticket audit_ticket_age audit_is_erased",
    ),
    Ability(
        "office_staff",
        (
            "list any subject's items without their content, 50 or 500 at a time, for each listing entry. The "
            "entries stay"
        ),
        {},
        ("~list",),
        calls=(
            "workloads_outline_apps workloads_name_lines workloads_name_commands connections_outline_automations "
            "connections_name_runs"
        ),
    ),
    Ability(
        "office_staff",
        "read any subject's sums by day, small ones left out, for each entry of such an access. The entries stay",
        {},
        ("~sums",),
        calls="workloads_shown_sums connections_shown_sums",
    ),
    Ability(
        "office_staff",
        "have a query of the catalogue answered for a closed week, for each entry of a run, which stays; read answers",
        {"humanaccess_aggregate": "S"},
        ("~aggregate",),
        calls="humanaccess_run_aggregate",
    ),
    Ability(
        "office_staff",
        (
            "read every account with password hash and second factors; add accounts and addresses, shut and open "
            "accounts, put people on the staff and take them off; write and end sign-in sessions"
        ),
        {
            "identity_user": "SIU",
            "account_emailaddress": "SI",
            "socialaccount_socialaccount mfa_authenticator": "S",
            "django_session": "SIUD",
        },
        (
            "SELECT password FROM identity_user",
            "UPDATE identity_user SET is_staff = true, is_active = false",
            "INSERT INTO django_session VALUES (repeat('a', 40), 'x', now())",
        ),
        calls="identity_end_sessions identity_sessions_by_day identity_off_staff",
    ),
    Ability(
        "office_staff",
        (
            "give roles, which count at once where a real administrator is named as having confirmed them, and end "
            "them; invite; write as due and settle what an administrator takes from another"
        ),
        {"identity_roleassignment identity_invitation identity_pendingchange": "SIU"},
        (
            "~role",
            (
                "INSERT INTO identity_pendingchange (id, user_id, act, asked_by, asked_at, effective_at) SELECT "
                "gen_random_uuid(), id, 'suspend', repeat('a', 32), now(), now() FROM identity_user LIMIT 1"
            ),
        ),
    ),
    Ability("office_staff", _COUNTS, {CACHE: "SIUD"}, _CLEARED),
    Ability(
        "office_staff",
        (
            "file, decide and review approval requests in the name of any member of staff, and end grants; ask who "
            "holds a role, and which items lie beside one that a user did not agree to"
        ),
        {
            "humanaccess_ask humanaccess_counter": "SIU",
            "humanaccess_ask_item humanaccess_decision humanaccess_review": "SI",
            "humanaccess_grant": "S",
        },
        (
            "INSERT INTO humanaccess_counter VALUES (1999, 1)",
            "SELECT 1 WHERE humanaccess_end_grant('{grant}', 'staff', now())",
            "SELECT * FROM humanaccess_holders(ARRAY['administrator'])",
        ),
        calls=(
            "humanaccess_end_grant humanaccess_holders humanaccess_not_agreed humanaccess_count_approvals "
            "identity_may_decide_for"
        ),
    ),
    Ability(
        "office_staff",
        (
            "move rights requests and their steps, say that a package is offered, read certificates, and notes and "
            "questions as they are stored, and add some of these"
        ),
        {
            "rights_rightsrequest rights_package": "SU",
            "rights_step rights_question": "SIU",
            "rights_certificate": "S",
            "rights_note": "SI",
        },
        ("UPDATE rights_rightsrequest SET state = 'refused', closed_at = now()",),
    ),
    Ability(
        "office_staff",
        (
            "order the platform to erase a subject, for an entry that a deletion of theirs has begun, forged or not, "
            "which stays; read orders with their answers"
        ),
        {"workloads_platformorder": "SI"},
        ("~order", "SELECT * FROM workloads_platformorder"),
    ),
    Ability(
        "office_staff",
        "read letters, as they are stored, and write letters",
        {"inbox_letter": "SI"},
        ("SELECT * FROM inbox_letter",),
    ),
    Ability(
        "office_staff",
        (
            "read the whole log and every encrypted detail, add entries of any kind; ask for exports and "
            "schedules and move them; make reader tokens; read what sweeps could not do"
        ),
        {
            "audit_entry audit_disclosure": "SI",
            TREE: "S",
            "audit_delivery audit_time_stamp": "S",
            "audit_export audit_export_schedule audit_readertoken": "SIU",
            "audit_export_segment audit_sweep_failure": "S",
            "audit_asked_export": "SI",
            "django_migrations django_content_type": "S",
        },
        (
            "SELECT * FROM audit_entry",
            _ENTRY,
            (
                "INSERT INTO audit_readertoken (id, name, shown, hash, scopes, made_by, made_at, expires_at) VALUES "
                "(gen_random_uuid(), 'thief', '', 'x', '{{}}', '', now(), now())"
            ),
        ),
    ),
    Ability(
        "office_staff",
        "make service tokens of the platform; read what was ingested and set aside",
        {"workloads_servicetoken": "SIU", "workloads_ingest workloads_setasideline": "S"},
        (
            (
                "INSERT INTO workloads_servicetoken (id, name, hash, scopes, made_at, expires_at) VALUES "
                "(gen_random_uuid(), 'thief', 'x', '{{}}', now(), now())"
            ),
        ),
    ),
    Ability(
        "office_staff",
        "read legal holds, authority and reason as they are stored; place holds on any subject, and lift them",
        {"rights_hold": "SIU"},
        ("SELECT sealed FROM rights_hold", "UPDATE rights_hold SET ended_at = now()"),
    ),
    Ability(
        "office_staff",
        "read, add to and change the register of processors",
        {"terms_processor": "SIU"},
        ("SELECT * FROM terms_processor", "UPDATE terms_processor SET review_due_on = '2099-12-31'"),
    ),
    # -- the worker
    Ability(
        "office_worker",
        (
            "read all restricted rows, sign-in sessions and pseudonyms of one subject, as they are stored, for each "
            "step entry, forged or somebody else's, in its first 65 minutes. The entries stay; an entry used again "
            "leaves nothing"
        ),
        {RESTRICTED: "S", "usersessions_usersession workloads_pseudonym": "S"},
        ("~step",),
        calls="audit_ticket audit_ticket_age audit_is_erased",
    ),
    Ability(
        "office_worker",
        (
            "read accounts without password hashes, their second factors, roles, invitations and sums by day; "
            "shut and open accounts, take people off the staff, end roles, withdraw "
            "invitations, settle what waits for a second administrator; read and end stored sessions"
        ),
        {
            "identity_user identity_roleassignment identity_invitation identity_pendingchange": "SU",
            "account_emailaddress socialaccount_socialaccount mfa_authenticator": "S",
            "django_session": "SD",
            SUMS: "S",
        },
        (
            "SELECT email FROM identity_user",
            "UPDATE identity_user SET is_active = false",
            "UPDATE identity_roleassignment SET ended_at = now()",
            "SELECT identity_off_staff(id) FROM identity_user",
            "SELECT * FROM workloads_dailytotal",
        ),
        calls="identity_has_password identity_sessions_by_day identity_end_sessions identity_off_staff",
    ),
    Ability(
        "office_worker",
        (
            "erase any subject's account, records, letters, notes, questions and packages, and the texts of approval "
            "requests, for an erasure entry, forged or not, which stays; count what is left of them, and what names "
            "them"
        ),
        {},
        ("~erase_rows", "SELECT workloads_left('workloads_logline', repeat('a', 32))"),
        calls=(
            "identity_erase inbox_erase inbox_left workloads_erase workloads_left connections_erase "
            "connections_left rights_erase rights_left humanaccess_erase rights_mentions"
        ),
    ),
    Ability(
        "office_worker",
        (
            "read which apps of whom have ended; erase what is held of one, for an entry that it has, forged or not, "
            "which stays; note that nothing is left of it"
        ),
        {"workloads_terminatedapp": "SU"},
        ("~erase_app", "UPDATE workloads_terminatedapp SET settled_at = now()"),
        calls="workloads_erase_app",
    ),
    Ability(
        "office_worker",
        "remove any subject's records that are past the days for which their rule keeps them, and nothing younger",
        {},
        ("SELECT workloads_expire('workloads_metric', repeat('a', 32), '2020-01-01', 9)",),
        calls="workloads_expire connections_expire",
    ),
    Ability(
        "office_worker",
        (
            "read and change what members of staff were mailed about, and what they want no mails about; ask who holds "
            "a role, and who may decide for whom"
        ),
        {"identity_staffmail": "SIU"},
        (_MUTED, "SELECT * FROM humanaccess_holders(ARRAY['administrator'])"),
        calls="humanaccess_holders identity_may_decide_for",
    ),
    Ability(
        "office_worker",
        "read and clear the counts of rate limits and of codes, used ones too",
        {CACHE: "SD"},
        (f"DELETE FROM {CACHE}",),
    ),
    Ability(
        "office_worker",
        "read letters, as they are stored, and write and change letters",
        {"inbox_letter": "SIU"},
        ("UPDATE inbox_letter SET read_at = now()",),
    ),
    Ability(
        "office_worker",
        "move rights requests, steps, packages and certificates; read notes and questions as they are stored",
        {
            "rights_rightsrequest rights_step": "SU",
            "rights_note rights_question": "S",
            "rights_package rights_certificate": "SIU",
        },
        ("UPDATE rights_rightsrequest SET state = 'withdrawn', closed_at = now()",),
    ),
    Ability(
        "office_worker",
        "read orders to the platform with their answers, and say that they were acted on",
        {"workloads_platformorder": "SU"},
        ("SELECT * FROM workloads_platformorder", "UPDATE workloads_platformorder SET settled_at = now()"),
    ),
    Ability(
        "office_worker",
        "close open approval requests as expired or cancelled; read decisions and reviews; end grants",
        {
            "humanaccess_ask": "SU",
            "humanaccess_ask_item humanaccess_decision humanaccess_grant humanaccess_review": "S",
        },
        ("SELECT * FROM humanaccess_decision", "SELECT 1 WHERE humanaccess_end_grant('{grant}', 'staff', now())"),
        calls="humanaccess_end_grant",
    ),
    Ability(
        "office_worker",
        (
            "read the whole log and every encrypted detail, add entries of any kind; destroy a subject's details "
            "after an erasure entry, which stays; run exports, move schedules, write what sweeps could not do"
        ),
        {
            "audit_entry": "SI",
            "audit_disclosure": "SID",
            TREE: "S",
            "audit_delivery audit_time_stamp": "S",
            "audit_export audit_export_segment": "SIU",
            "audit_export_schedule": "SU",
            "audit_sweep_failure": "SIUD",
            "django_migrations django_content_type": "S",
        },
        ("SELECT * FROM audit_entry", _ENTRY, "~erase"),
    ),
    Ability(
        "office_worker",
        "read of any subject's legal holds what they keep and until when",
        {"rights_hold": "S"},
        ("SELECT category, ends_on FROM rights_hold",),
    ),
    Ability("office_worker", *_REGISTER),
    # -- ingest
    Ability(
        "office_ingest",
        "add restricted records for any subject, and newer states of apps and automations; read none",
        {RESTRICTED: "I"},
        ("INSERT INTO workloads_app VALUES (gen_random_uuid(), repeat('a', 32), now(), '', '', 'x')",),
        calls="workloads_take_apps connections_take_automations",
    ),
    Ability(
        "office_ingest",
        "ask whether a record of a given id belongs to somebody else than is said",
        {},
        ("SELECT * FROM workloads_logline_conflicts(ARRAY['{item}'::uuid], ARRAY['x'])",),
        calls=(
            "workloads_app_conflicts workloads_usagerecord_conflicts workloads_metric_conflicts "
            "workloads_command_conflicts workloads_logline_conflicts connections_automation_conflicts "
            "connections_run_conflicts"
        ),
    ),
    Ability(
        "office_ingest",
        "read orders to the platform, and answer open ones in its name",
        {"workloads_platformorder": "SU"},
        ("UPDATE workloads_platformorder SET answered_at = now(), receipt = '[]' WHERE answered_at IS NULL",),
    ),
    Ability(
        "office_ingest",
        "say of any app that is there, and whose it is, that it has ended; read which have",
        {"workloads_terminatedapp": "S"},
        ("SELECT * FROM workloads_terminatedapp", "SELECT workloads_end_app('{item}', repeat('a', 32), now())"),
        calls="workloads_end_app",
    ),
    Ability(
        "office_ingest",
        "read all pseudonyms for analytics, and make some for anybody",
        {"workloads_pseudonym": "SI"},
        ("SELECT * FROM workloads_pseudonym",),
    ),
    Ability("office_ingest", _COUNTS, {CACHE: "SIUD"}, _CLEARED),
    Ability(
        "office_ingest",
        (
            "read ids and references of accounts and hashes of service tokens; read and write what was ingested "
            "and set aside"
        ),
        {
            "identity_user workloads_servicetoken": "S",
            "workloads_ingest": "SIU",
            "workloads_setasideline": "SI",
            "django_migrations": "S",
        },
        ("SELECT id, reference FROM identity_user",),
        calls="workloads_token_used",
    ),
    Ability(
        "office_ingest",
        "add entries of any kind and read none; read every encrypted detail of the log",
        {"audit_entry audit_disclosure": "SI"},
        (_ENTRY, "SELECT * FROM audit_disclosure"),
        calls="audit_ticket audit_ticket_age audit_is_erased",
    ),
    # -- the sequencer
    Ability(
        "office_sequencer",
        "read the whole log and every encrypted detail, add entries of any kind",
        {"audit_entry audit_disclosure": "SI", "django_migrations": "S"},
        ("SELECT * FROM audit_entry", _ENTRY),
        calls="audit_ticket audit_ticket_age audit_is_erased",
    ),
    Ability(
        "office_sequencer",
        (
            "drop what waits for the tree; add wrong leaves and tiles, checkpoints without a signature, "
            "cosignatures and time stamps; move the tree's size on; write deliveries; make partitions"
        ),
        {
            "audit_pending": "SD",
            "audit_leaf audit_checkpoint audit_cosignature audit_time_stamp": "SI",
            "audit_tile": "SIU",
            "audit_head": "SU",
            "audit_delivery": "SIUD",
        },
        (
            "DELETE FROM audit_pending",
            "INSERT INTO audit_leaf VALUES (99, gen_random_uuid(), 'x')",
            "UPDATE audit_head SET size = size + 1",
        ),
        calls="audit_make_partition",
    ),
    # -- auditors
    Ability(
        "office_auditor",
        (
            "read the whole log and every encrypted detail, add entries of any kind; ask for exports and move "
            "them, those with personal details too"
        ),
        {
            "audit_entry audit_disclosure": "SI",
            TREE: "S",
            "audit_pending audit_delivery audit_time_stamp audit_export_schedule audit_readertoken": "S",
            "audit_export audit_export_segment": "SIU",
            "audit_asked_export": "SI",
            "django_migrations": "S",
        },
        ("SELECT * FROM audit_entry", _ENTRY, "SELECT * FROM audit_pending"),
        calls="audit_ticket audit_ticket_age audit_is_erased audit_token_used",
    ),
    Ability(
        "office_auditor",
        (
            "read cases and approval requests, with notes and reasons as they are stored; accounts without "
            "password hashes, roles, what waits for a second administrator, invitations, hashes of tokens; what was "
            "ingested; what sweeps could not do; aggregates"
        ),
        {
            "identity_user identity_roleassignment identity_invitation identity_pendingchange": "S",
            "rights_rightsrequest rights_step rights_note rights_question rights_package rights_certificate": "S",
            "humanaccess_ask humanaccess_ask_item humanaccess_decision humanaccess_grant humanaccess_review": "S",
            "workloads_ingest workloads_servicetoken audit_sweep_failure humanaccess_aggregate": "S",
        },
        ("SELECT * FROM humanaccess_ask", "SELECT email FROM identity_user", "SELECT * FROM rights_rightsrequest"),
    ),
    Ability(
        "office_auditor",
        "count, in any column of bytes, values that are not encrypted: two numbers",
        {},
        ("SELECT * FROM audit_count_unsealed('workloads_logline', 'sealed', 10)",),
        calls="audit_count_unsealed",
    ),
    Ability(
        "office_auditor",
        "count pseudonyms for analytics, those of erased people, and those that are worked out of an account",
        {},
        ("SELECT * FROM workloads_pseudonym_faults(10)",),
        calls="workloads_pseudonym_faults",
    ),
    Ability("office_auditor", _COUNTS, {CACHE: "SIUD"}, _CLEARED),
    Ability(
        "office_auditor",
        "read of any subject's legal holds what they keep, until when, and who placed and lifted them",
        {"rights_hold": "S"},
        ("SELECT category, ends_on, placed_by FROM rights_hold",),
    ),
    Ability("office_auditor", *_REGISTER),
]

#: what every role can do, since PostgreSQL lets everybody
ANY = (
    "make temporary tables and functions for its own session; change its own password and settings, which"
    " `audit_verify` and the next start name"
)
