"""The database roles, and what each may do to which table.

S select, I insert, U update, D delete; `U(name other)` grants those columns alone. A table that is missing here
is the owner's alone, and a test says so. Row-level security narrows further what a role sees of restricted tables.
"""

import re
from collections.abc import Iterator

from audit.db_guards.rights import Right

SELF, STAFF, WORKER, INGEST, SEQUENCER, AUDITOR = (
    "office_self",
    "office_staff",
    "office_worker",
    "office_ingest",
    "office_sequencer",
    "office_auditor",
)
VAULT = "office_vault"
RUNNING = (SELF, STAFF, WORKER, INGEST, SEQUENCER, AUDITOR)

#: roles that append to the log
_LOGGED = {SELF: "SI", STAFF: "SI", WORKER: "SI", INGEST: "SI", SEQUENCER: "SI", AUDITOR: "SI"}
#: restricted data: ingest adds and reads nothing; the other roles read what their policy lets through
_RESTRICTED = {SELF: "S", STAFF: "S", WORKER: "S", INGEST: "I"}

#: a person without the hash of their password: only the roles of people's own pages and of staff pages, which check
#: sessions by it, read that
_PERSON = "id reference email username is_staff is_active is_superuser language time_zone date_joined last_login"
#: a person's token without its hash
_UNHASHED = "id subject name scopes made_at expires_at used_at revoked_at"
#: a legal hold without who placed it, its authority and its reason
_PROCESS = (
    "id reference subject state closed_at assignee_id kind country received_at due_at filed_by filed_at document_type "
    "document_bytes document_sha256 challenge_outcome categories period_from period_until produced_at "
    "production_sha256 notified_at delay_ground delayed_until"
)
_CORRECTION = "id request_id subject category record field decision ground decided_by decided_at applied_at"
_EVIDENCE = "id request_id subject media_type size received_at"
#: a grant at Google without its token
_GRANT = "id subject scopes granted_at changed_at used_at checked_at"
_REVOCATION = "id subject provider reason scopes asked_at wiped_at confirmed_at attempts due_at last_answer"
_HOLD = "id subject category placed_at ends_on ended_at"

TABLES: dict[str, dict[str, str]] = {
    "django_migrations": dict.fromkeys(RUNNING, "S"),
    "django_content_type": {SELF: "S", STAFF: "S", WORKER: "S"},
    "django_session": {SELF: "SIUD", STAFF: "SIUD", WORKER: "SD"},
    "django_admin_log": {},
    "auth_group": {},
    "auth_group_permissions": {},
    "auth_permission": {},
    # the log
    "audit_entry": _LOGGED,
    # DELETE only after a committed `audit.subject.shredded` entry for the holder (trigger `audit_keep`)
    "audit_disclosure": {**_LOGGED, WORKER: "SID"},
    "audit_pending": {SEQUENCER: "SD", AUDITOR: "S"},
    "audit_leaf": {SELF: "S", STAFF: "S", WORKER: "S", SEQUENCER: "SI", AUDITOR: "S"},
    "audit_tile": {SELF: "S", STAFF: "S", WORKER: "S", SEQUENCER: "SIU", AUDITOR: "S"},
    "audit_head": {SELF: "S", STAFF: "S", WORKER: "S", SEQUENCER: "SU", AUDITOR: "S"},
    "audit_checkpoint": {SELF: "S", STAFF: "S", WORKER: "S", SEQUENCER: "SI", AUDITOR: "S"},
    "audit_export": {STAFF: "SIU", WORKER: "SIU", AUDITOR: "SIU"},
    "audit_export_segment": {STAFF: "S", WORKER: "SIU", AUDITOR: "SIU"},
    "audit_asked_export": {STAFF: "SI", AUDITOR: "SI"},
    "audit_export_schedule": {STAFF: "SIU", WORKER: "SU", AUDITOR: "S"},
    "audit_readertoken": {STAFF: "SIU", AUDITOR: "S"},
    # checkpoints being published, and the cosignatures and timestamps received for them
    "audit_delivery": {STAFF: "S", WORKER: "S", SEQUENCER: "SIUD", AUDITOR: "S"},
    "audit_cosignature": {SELF: "S", STAFF: "S", WORKER: "S", SEQUENCER: "SI", AUDITOR: "S"},
    "audit_time_stamp": {STAFF: "S", WORKER: "S", SEQUENCER: "SI", AUDITOR: "S"},
    # what periodic tasks could not do
    "audit_sweep_failure": {STAFF: "S", WORKER: "SIUD", AUDITOR: "S"},
    # identity
    "identity_user": {
        SELF: "SIU",
        STAFF: "SIU(is_staff is_active is_superuser)",
        WORKER: f"S({_PERSON})U(is_active)",
        INGEST: "S(id reference is_active)",
        AUDITOR: f"S({_PERSON})",
    },
    "identity_user_groups": {},
    "identity_user_user_permissions": {},
    "identity_roleassignment": {SELF: "S", STAFF: "SIU", WORKER: "SU(ended_by ended_at)", AUDITOR: "S"},
    "identity_pendingchange": {STAFF: "SIU(settled_at)", WORKER: "SU(settled_at)", AUDITOR: "S"},
    "identity_invitation": {STAFF: "SIU", WORKER: "SU(cancelled_at)", AUDITOR: "S"},
    "identity_staffmail": {SELF: "SIU", WORKER: "SIU"},
    # requests find the token whose text they have by a function
    "identity_usertoken": {SELF: f"S({_UNHASHED})IU(revoked_at)", WORKER: f"S({_UNHASHED})D"},
    "account_emailaddress": {SELF: "SIUD", STAFF: "SI", WORKER: "S"},
    "account_emailconfirmation": {SELF: "SIUD"},
    "socialaccount_socialaccount": {SELF: "SIUD", STAFF: "S", WORKER: "S"},
    "socialaccount_socialapp": {SELF: "S"},
    # always empty; Django deletes from it whatever hangs on an account
    "socialaccount_socialtoken": {SELF: "S(id account_id)D"},
    "mfa_authenticator": {SELF: "SIUD", STAFF: "S", WORKER: "S"},
    "usersessions_usersession": {
        SELF: "SIUD",
        STAFF: "S(id user_id created_at last_seen_at ip user_agent)",
        WORKER: "S",
    },
    # rate limits and codes, under hashed keys
    "identity_cacheentry": {SELF: "SIUD", STAFF: "SIUD", INGEST: "SIUD", AUDITOR: "SIUD", WORKER: "SD"},
    # letters
    "inbox_letter": {SELF: "SIU", STAFF: "SI", WORKER: "SIU"},
    # workloads and connections: restricted rows, narrowed by row-level security; sums by day beside them,
    # which staff read by a function alone
    "workloads_app": _RESTRICTED,
    "workloads_usagerecord": _RESTRICTED,
    "workloads_metric": _RESTRICTED,
    "workloads_command": _RESTRICTED,
    "workloads_logline": _RESTRICTED,
    "workloads_webvisit": _RESTRICTED,
    "workloads_dailytotal": {SELF: "S", WORKER: "S"},
    "workloads_ingest": {STAFF: "S", INGEST: "SIU", AUDITOR: "S"},
    "workloads_setasideline": {STAFF: "S", INGEST: "SI"},
    "workloads_servicetoken": {STAFF: "SIU", INGEST: "S", AUDITOR: "S"},
    # made by staff, of some kinds by the person or by the worker, answered by the platform; a trigger keeps it
    "workloads_platformorder": {
        SELF: "SI",
        STAFF: "SI",
        WORKER: "SIU(settled_at)",
        INGEST: "SU(fetched_at answered_at answered_by receipt outcome)",
    },
    # handed to the platform, which makes them; the worker sees those of the subject whose step entry it names
    "workloads_pseudonym": {SELF: "S", WORKER: "S", INGEST: "SI"},
    # noted by a function for the platform; lines about these apps are set aside
    "workloads_terminatedapp": {SELF: "S", WORKER: "SU(settled_at)", INGEST: "S"},
    "connections_automation": _RESTRICTED,
    "connections_run": _RESTRICTED,
    "connections_transfer": _RESTRICTED,
    "connections_dailytotal": {SELF: "S", WORKER: "S"},
    # a grant at Google or GitHub goes in the transaction in which it ends; the worker has that confirmed there
    "connections_googlegrant": {
        SELF: "SIUD",
        WORKER: "SU(scopes checked_at)D",
        INGEST: "S(id subject sealed withheld)U(used_at)",
        AUDITOR: f"S({_GRANT})",
    },
    # noted by a function for the platform
    "connections_endedautomation": {SELF: "S", WORKER: "SU(settled_at)"},
    "connections_githubgrant": {SELF: "SIUD", WORKER: "SD", AUDITOR: "S(id subject granted_at changed_at)"},
    "connections_revocation": {
        SELF: "SI",
        WORKER: "SIU(sealed attempts due_at last_answer confirmed_at)",
        AUDITOR: f"S({_REVOCATION})",
    },
    # what Google tells: ingest adds and reads nothing; the worker settles each once, and removes old ones
    "connections_securityevent": {INGEST: "I", WORKER: "SU(settled_at identifier outcome)D"},
    # versions of the policy: public once they are published, and kept as they are by a trigger
    "terms_policyversion": {SELF: "S", STAFF: "SIUD", WORKER: "S", INGEST: "S", AUDITOR: "S"},
    "terms_acceptance": {
        SELF: "SIU(seen_at)",
        WORKER: "S",
        INGEST: "S(subject version_id cause)I",
        AUDITOR: "S",
    },
    # written by one member of staff, released by another; the worker notes how far it came
    "terms_announcement": {STAFF: "SIUD", WORKER: "SU(position finished_at)", AUDITOR: "S"},
    # the register of processors: what the public list says of one is changed by the worker, once it was announced
    "terms_processor": {
        SELF: "S",
        STAFF: "SIU(contract contract_on due_diligence_on review_due_on ended_at pending pending_on)",
        WORKER: "SU(name purpose country privacy_url pending pending_on)",
        AUDITOR: "S",
    },
    # rights requests
    "rights_counter": {SELF: "SIU"},
    "rights_rightsrequest": {SELF: "SIU", STAFF: "SU", WORKER: "SU", AUDITOR: "S"},
    "rights_step": {SELF: "S", STAFF: "SIU", WORKER: "SU", AUDITOR: "S"},
    "rights_question": {SELF: "SU(sealed_answer closed_at)", STAFF: "SIU(pauses closed_at)", WORKER: "S", AUDITOR: "S"},
    "rights_certificate": {SELF: "S", STAFF: "S", WORKER: "SIU", AUDITOR: "S"},
    "rights_note": {STAFF: "SI", WORKER: "S", AUDITOR: "S"},
    "rights_package": {SELF: "SU", STAFF: "SU", WORKER: "SIU", AUDITOR: "S"},
    "rights_hold": {
        SELF: f"S({_HOLD})",
        STAFF: "SIU(ended_at ended_by)",
        WORKER: f"S({_HOLD})",
        AUDITOR: f"S({_HOLD} placed_by ended_by)",
    },
    "rights_correction": {
        SELF: "SI",
        STAFF: "SU(decision ground sealed_words decided_by decided_at)",
        WORKER: "SU(decision ground applied_at)",
        INGEST: "S(id subject category record field sealed_new decision applied_at)",
        AUDITOR: f"S({_CORRECTION})",
    },
    "rights_evidence": {SELF: "SI", STAFF: "S", WORKER: "S", AUDITOR: f"S({_EVIDENCE})"},
    "rights_mark": {
        SELF: "SIU(ended_at ended_reason)",
        STAFF: "SIU(ended_at ended_reason)",
        WORKER: "S",
        AUDITOR: "S",
    },
    # human access: grants are written by functions alone
    "humanaccess_ask": {SELF: "SU", STAFF: "SIU", WORKER: "SU", AUDITOR: "S"},
    "humanaccess_ask_item": {SELF: "SU", STAFF: "SI", WORKER: "S", AUDITOR: "S"},
    "humanaccess_decision": {SELF: "SI", STAFF: "SI", WORKER: "S", AUDITOR: "S"},
    "humanaccess_grant": {SELF: "S", STAFF: "S", WORKER: "S", AUDITOR: "S"},
    # hashes of one-time codes: functions alone write and read them
    "humanaccess_readcode": {},
    "humanaccess_review": {SELF: "S", STAFF: "SI", WORKER: "S", AUDITOR: "S"},
    "humanaccess_followup": {STAFF: "SIU(settled_by settled_at sealed_outcome)", WORKER: "S", AUDITOR: "S"},
    # drawn by a function alone, when the worker sweeps; an auditor's finding on a run is written by staff
    "humanaccess_sample": {STAFF: "SU(finding reviewed_by reviewed_at)", WORKER: "S", AUDITOR: "S"},
    "humanaccess_counter": {STAFF: "SIU"},
    # legal processes: a person's own pages get neither the document nor its key
    "humanaccess_legalprocess": {
        SELF: f"S({_PROCESS})",
        STAFF: (
            "SIU(assignee_id state closed_at challenge_outcome categories period_from period_until produced_at "
            "production_sha256 notified_at delay_ground delayed_until)"
        ),
        WORKER: "SU(assignee_id notified_at)",
        AUDITOR: f"S({_PROCESS})",
    },
    "humanaccess_processnote": {SELF: "S", STAFF: "SI", WORKER: "S", AUDITOR: "S"},
    "humanaccess_processcounter": {STAFF: "SIU"},
    # written by a function alone, when staff run a query
    "humanaccess_aggregate": {STAFF: "S(id query week cells computed_at)", AUDITOR: "S"},
}

VAULT_TABLES: dict[str, dict[str, str]] = {
    "django_migrations": {VAULT: "S"},
    "vault_subject_key": {VAULT: "SIU"},
}

#: function (with argument types) → who may call it
FUNCTIONS: dict[str, tuple[str, ...]] = {
    "audit_ticket(uuid)": RUNNING,
    "audit_ticket_age(uuid)": RUNNING,
    "audit_is_erased(text)": RUNNING,
    "audit_is_restricted(text, text)": RUNNING,
    "audit_reads_despite(uuid)": (WORKER,),
    "audit_count_unsealed(text, text, integer)": (AUDITOR,),
    "identity_end_sessions(uuid)": (STAFF, WORKER),
    "identity_may_decide_for(text, text)": (STAFF, WORKER),
    "identity_off_staff(uuid)": (STAFF, WORKER),
    "identity_has_password(uuid)": (SELF, WORKER),
    "identity_correct(text, text, text, text)": (WORKER,),
    "identity_sessions_by_day(uuid)": (SELF, STAFF, WORKER),
    "identity_token_with_hash(bytea[])": (SELF, STAFF),
    "identity_token_used(uuid, timestamptz)": (SELF, STAFF),
    "identity_end_tokens(text, boolean, timestamptz)": (SELF, STAFF, WORKER),
    "identity_token_faults(timestamptz)": (AUDITOR,),
    # erasing: nothing goes without an entry that says so
    "identity_erase(text, text)": (WORKER,),
    **{
        function: (WORKER,)
        for app in ("inbox", "workloads", "connections", "rights", "terms")
        for function in (f"{app}_erase(text, text, integer)", f"{app}_left(text, text)")
    },
    "humanaccess_erase(text)": (WORKER,),
    "humanaccess_erase_process(text)": (WORKER,),
    "humanaccess_is_withheld(text)": (SELF,),
    "rights_mentions(text, text, bigint, bigint, boolean)": (WORKER,),
    "rights_shown_pseudonym(uuid)": (STAFF,),
    # what is past its rule, and nothing else
    "workloads_expire(text, text, date, integer)": (WORKER,),
    "connections_expire(text, text, date, integer)": (WORKER,),
    "audit_make_partition(date, uuid, uuid)": (SEQUENCER,),
    "audit_token_used(uuid, timestamptz)": (AUDITOR,),
    "workloads_end_app(uuid, text, timestamptz)": (INGEST,),
    "workloads_erase_app(text, uuid, integer)": (WORKER,),
    "workloads_take_apps(text[], text[], text[], text[], text[], text[])": (INGEST,),
    "workloads_shown_sums(text, date, date, integer, integer)": (STAFF,),
    "workloads_app_conflicts(uuid[], text[])": (INGEST,),
    "workloads_usagerecord_conflicts(uuid[], text[])": (INGEST,),
    "workloads_metric_conflicts(uuid[], text[])": (INGEST,),
    "workloads_command_conflicts(uuid[], text[])": (INGEST,),
    "workloads_logline_conflicts(uuid[], text[])": (INGEST,),
    "workloads_webvisit_conflicts(uuid[], text[])": (INGEST,),
    "workloads_outline_apps(text)": (STAFF,),
    "workloads_name_lines(text, uuid, timestamptz, timestamptz, uuid, integer)": (STAFF,),
    "workloads_name_commands(text, uuid, timestamptz, timestamptz, uuid, integer)": (STAFF,),
    "workloads_name_usage(text, uuid, timestamptz, timestamptz, uuid, integer)": (STAFF,),
    "workloads_name_metrics(text, uuid, timestamptz, timestamptz, uuid, integer)": (STAFF,),
    "workloads_name_visits(text, timestamptz, timestamptz, uuid, integer)": (STAFF,),
    "workloads_token_used(uuid, timestamptz)": (INGEST,),
    "workloads_pseudonym_faults(integer)": (AUDITOR,),
    "connections_take_automations(text[], text[], text[], text[], text[], text[], text[])": (INGEST,),
    "connections_shown_sums(text, date, date, integer, integer)": (STAFF,),
    "connections_automation_conflicts(uuid[], text[])": (INGEST,),
    "connections_run_conflicts(uuid[], text[])": (INGEST,),
    "connections_transfer_conflicts(uuid[], text[])": (INGEST,),
    "connections_outline_automations(text)": (STAFF,),
    "connections_lendable(text, uuid)": (INGEST,),
    "connections_unneeded(text)": (WORKER, AUDITOR),
    "connections_erase_automation(uuid)": (WORKER,),
    "connections_revocation_times(timestamptz)": (SELF, AUDITOR),
    "connections_oversize(timestamptz, integer, integer)": (AUDITOR,),
    "connections_find_run(text, uuid)": (STAFF,),
    "connections_name_runs(text, timestamptz, timestamptz, uuid, integer)": (STAFF,),
    "connections_name_transfers(text, timestamptz, timestamptz, uuid, integer)": (STAFF,),
    "connections_transfer_faults(timestamptz, timestamptz, integer)": (AUDITOR,),
    # the policy and what is announced
    "terms_untold(uuid, timestamptz)": (AUDITOR,),
    "terms_people_of_apps(uuid[])": (WORKER,),
    "terms_letter_states(uuid)": (STAFF,),
    "terms_letters(uuid, text, integer)": (STAFF,),
    # human access
    "inbox_name_letters(text, timestamptz, timestamptz, uuid, integer)": (STAFF,),
    "inbox_letters_of_case(text, text)": (STAFF,),
    "identity_name_sessions(text, timestamptz, timestamptz, uuid, integer)": (STAFF,),
    "workloads_outline_code(text)": (STAFF,),
    "workloads_outline_files(text)": (STAFF,),
    "humanaccess_open_item(text)": (STAFF,),
    "humanaccess_make_code(text, text)": (STAFF,),
    "humanaccess_redeem_code(text, uuid, uuid)": (INGEST,),
    "humanaccess_sweep_codes()": (WORKER,),
    "humanaccess_holders(text[])": (SELF, STAFF, WORKER),
    "humanaccess_draw_sample(uuid, text)": (WORKER,),
    "humanaccess_not_agreed(text, text[], uuid[])": (STAFF,),
    "humanaccess_outside_scope(uuid, text[], uuid[])": (STAFF,),
    "humanaccess_count_approvals(uuid)": (STAFF,),
    "humanaccess_run_aggregate(text, date)": (STAFF,),
    "humanaccess_open_grant(uuid, timestamp with time zone)": (SELF, STAFF),
    "humanaccess_end_grant(uuid, text, timestamp with time zone)": (SELF, STAFF, WORKER),
    "humanaccess_grants_of_ended_apps(text)": (WORKER,),
    "humanaccess_end_on_google_data(text, timestamp with time zone)": (SELF, WORKER),
}

_WORDS = {"S": "SELECT", "I": "INSERT", "U": "UPDATE", "D": "DELETE"}
_RIGHT = re.compile(r"([SIUD])(?:\(([a-z_ ]+)\))?")


def privileges(rights: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return each right as PostgreSQL names it, and the columns it is for: none means the whole table."""
    return [(_WORDS[letter], tuple(columns.split())) for letter, columns in _RIGHT.findall(rights)]


def _granted(rights: str) -> str:
    return ", ".join(f"{word} ({', '.join(columns)})" if columns else word for word, columns in privileges(rights))


def declared_rights(tables: dict[str, dict[str, str]]) -> Iterator[Right]:
    """Yield every right of a table of rights, one by one, as the schema integrity check compares them."""
    for table, rights in tables.items():
        for role, letters in rights.items():
            for privilege, columns in privileges(letters):
                for column in columns or ("",):
                    yield Right(table, role, privilege, column)


def declared_calls(functions: dict[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Yield each function's name with each role that may call it."""
    for function, callers in functions.items():
        for role in callers:
            yield function.partition("(")[0], role


def grants(
    tables: dict[str, dict[str, str]], functions: dict[str, tuple[str, ...]], roles: tuple[str, ...]
) -> list[str]:
    """Return the statements that grant each role exactly these rights, and revoke all others."""
    statements = ["REVOKE ALL ON SCHEMA public FROM PUBLIC", "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC"]
    for role in roles:
        statements += [
            f"GRANT USAGE ON SCHEMA public TO {role}",
            f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
        ]
    for table, rights in tables.items():
        for role, letters in rights.items():
            statements.append(f"GRANT {_granted(letters)} ON {table} TO {role}")
    for function, callers in functions.items():
        statements.append(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC, {', '.join(roles)}")
        statements.append(f"GRANT EXECUTE ON FUNCTION {function} TO {', '.join(callers)}")
    return statements
