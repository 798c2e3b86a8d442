"""What a thief of each role's password can still do by SQL: the list that THREAT_MODEL.md gives, word for word.

`over` names every table right (S select, I insert, U update, D delete, on columns or the whole) and function that the
ability rests on: together they are all that the catalogue gives the role. `statements` are some that succeed.
"""

from dataclasses import dataclass

RESTRICTED = (
    "workloads_app workloads_usagerecord workloads_metric workloads_command workloads_logline "
    "connections_automation connections_run connections_transfer workloads_webvisit"
)
SUMS = "workloads_dailytotal connections_dailytotal"
CACHE = "identity_cacheentry"
CLEARED = f"UPDATE {CACHE} SET value = '0'", f"DELETE FROM {CACHE}"
COUNTS = "raise, lower and clear the counts of rate limits and of codes, used ones too"
_REGISTER = (
    "read the register of processors and the versions of the policy, drafts too",
    {"terms_processor terms_policyversion": "S"},
    ("SELECT * FROM terms_processor", "SELECT * FROM terms_policyversion"),
)
TREE = "audit_leaf audit_tile audit_head audit_checkpoint audit_cosignature"
ENTRY = "INSERT INTO audit_disclosure VALUES (gen_random_uuid(), repeat('a', 32), 'x')"

MUTED = "INSERT INTO identity_staffmail (subject, muted, told) VALUES (repeat('a', 32), '[]', '{{}}')"


@dataclass(frozen=True)
class Ability:
    """One thing that SQL as `role` can do; `told` is its cell in THREAT_MODEL.md."""

    role: str
    told: str
    over: dict[str, str]
    statements: tuple[str, ...]
    calls: str = ""


PEOPLE = [
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
            "socialaccount_socialtoken": "SD",
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
        calls="identity_has_password identity_sessions_by_day humanaccess_holders",
    ),
    Ability("office_self", COUNTS, {CACHE: "SIUD"}, CLEARED),
    Ability(
        "office_self",
        "read and change what any member of staff was mailed about, and what they want no mails about",
        {"identity_staffmail": "SIU"},
        (MUTED.replace("repeat('a', 32)", "current_setting('office.subject')"),),
    ),
    Ability(
        "office_self",
        (
            "read any subject's access tokens without their hashes, and end them; add rows that let nobody in; "
            "find a token whose keyed hash one has, and note that it was used"
        ),
        {"identity_usertoken": "SIU"},
        (
            "SELECT name FROM identity_usertoken",
            "UPDATE identity_usertoken SET revoked_at = now() WHERE revoked_at IS NULL",
        ),
        calls="identity_token_with_hash identity_token_used identity_end_tokens",
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
        (
            "read what any subject wants corrected, and the evidence, as they are stored, and file more in their name, "
            "for a request of theirs that nobody has taken"
        ),
        {"rights_correction rights_evidence": "SI"},
        ("SELECT * FROM rights_correction", "SELECT * FROM rights_evidence"),
    ),
    Ability(
        "office_self",
        (
            "read orders to the platform about any subject, with their answers, and which of their apps have ended; "
            "order it to stop a use of their data, or to go on with one, for a request of theirs, or to drop what is "
            "cached from Google, for an end of their access, forged or not, once"
        ),
        {"workloads_platformorder": "SI", "workloads_terminatedapp": "S"},
        (
            "SELECT * FROM workloads_platformorder",
            "SELECT * FROM workloads_terminatedapp",
            (
                "INSERT INTO workloads_platformorder (id, number, subject, kind, apps, case_ref, created_at) "
                "SELECT gen_random_uuid(), 0, subject, 'object', '{{}}', reference, now() FROM rights_rightsrequest "
                "WHERE kind = 'objection'"
            ),
        ),
    ),
    Ability(
        "office_self",
        "read what any subject had restricted or objected to, place such marks for a request of theirs, and end them",
        {"rights_mark": "SIU"},
        ("SELECT * FROM rights_mark", "UPDATE rights_mark SET ended_at = now()"),
    ),
    Ability(
        "office_self",
        (
            "read what any subject granted at Google or authorised at GitHub, with tokens as they are stored, change "
            "and remove it, and have a grant ended there; read the numbers of their automations that were deleted, and "
            "how fast grants ended"
        ),
        {
            "connections_googlegrant connections_githubgrant": "SIUD",
            "connections_revocation": "SI",
            "connections_endedautomation": "S",
        },
        (
            "SELECT * FROM connections_endedautomation",
            "SELECT * FROM connections_revocation_times('2026-01-01')",
            "SELECT sealed FROM connections_googlegrant",
            "UPDATE connections_googlegrant SET scopes = '{{}}'",
            "UPDATE connections_githubgrant SET sealed = ''",
            "SELECT sealed FROM connections_revocation",
            "DELETE FROM connections_googlegrant",
            "DELETE FROM connections_githubgrant",
        ),
        calls="connections_revocation_times",
    ),
    Ability(
        "office_self",
        "read any subject's pseudonyms for analytics",
        {"workloads_pseudonym": "S"},
        ("SELECT * FROM workloads_pseudonym",),
    ),
    Ability(
        "office_self",
        (
            "read the legal processes of any subject whose notice is given or over, without the document, with texts "
            "as they are stored; ask whether the person of a case is not told of it yet"
        ),
        {"humanaccess_legalprocess humanaccess_processnote": "S"},
        ("SELECT count(reference) FROM humanaccess_legalprocess", "SELECT humanaccess_is_withheld('LP-2026-000001')"),
        calls="humanaccess_is_withheld",
    ),
    Ability(
        "office_self",
        (
            "answer approval requests in any user's name, which opens a grant, and end grants on agreement, and others "
            "but those of law that hold nothing but what automations hold, for an end of the user's access to Google "
            "data, forged or not"
        ),
        {
            "humanaccess_ask humanaccess_ask_item": "SU",
            "humanaccess_decision": "SI",
            "humanaccess_grant humanaccess_review": "S",
        },
        ("SELECT * FROM humanaccess_decision", "SELECT 1 WHERE humanaccess_end_grant('{grant}', 'user', now())"),
        calls="humanaccess_open_grant humanaccess_end_grant humanaccess_end_on_google_data",
    ),
    Ability(
        "office_self",
        (
            "add entries of any kind; read the entries about any subject, every encrypted detail of the log, and "
            "the tree"
        ),
        {"audit_entry audit_disclosure": "SI", TREE: "S", "django_migrations django_content_type": "S"},
        ("SELECT * FROM audit_entry", ENTRY, "SELECT * FROM audit_head"),
        calls="audit_ticket audit_ticket_age audit_is_erased audit_is_restricted",
    ),
    Ability(
        "office_self",
        "read of any subject's legal holds what they keep and until when",
        {"rights_hold": "S"},
        ("SELECT category, ends_on FROM rights_hold",),
    ),
    Ability(
        "office_self",
        "read the register of processors and the versions of the policy, drafts too",
        {"terms_processor terms_policyversion": "S"},
        ("SELECT * FROM terms_processor", "SELECT * FROM terms_policyversion"),
    ),
    Ability(
        "office_self",
        "read which versions of the policy any subject accepted, and how, and record acceptances in their name",
        {"terms_acceptance": "SIU"},
        (
            "SELECT * FROM terms_acceptance",
            "UPDATE terms_acceptance SET seen_at = now()",
        ),
    ),
    # -- staff
    Ability(
        "office_staff",
        (
            "read one restricted row, as it is stored, or make one one-time code, for each read entry committed under "
            "a grant, which can be had by forging role, approval request and decision; or with somebody else's entry, "
            "in its first ten seconds. The entries stay"
        ),
        {RESTRICTED: "S", "inbox_letter usersessions_usersession": "S"},
        ("~read",),
        calls=(
            "humanaccess_open_item humanaccess_open_grant humanaccess_make_code audit_ticket audit_ticket_age "
            "audit_is_erased audit_is_restricted"
        ),
    ),
    Ability(
        "office_staff",
        ("list any subject's items without their content, 1,000 at a time, for each listing entry. The entries stay"),
        {},
        ("~list",),
        calls=(
            "workloads_outline_apps workloads_name_usage workloads_name_metrics workloads_name_lines "
            "workloads_name_commands connections_outline_automations connections_name_runs connections_name_transfers "
            "inbox_name_letters identity_name_sessions workloads_outline_code workloads_outline_files "
            "connections_find_run workloads_name_visits"
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
        (
            "have a query of the catalogue answered for a closed week, for each entry of a run, which stays; read "
            "answers; read what was drawn to be reviewed, and review a run in an auditor's name"
        ),
        {"humanaccess_aggregate": "S", "humanaccess_sample": "SU"},
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
    Ability(
        "office_staff",
        "end any subject's access tokens; find one whose keyed hash one has, and note that it was used",
        {},
        ("SELECT identity_end_tokens(reference, false, now()) FROM identity_user",),
        calls="identity_token_with_hash identity_token_used identity_end_tokens",
    ),
    Ability("office_staff", COUNTS, {CACHE: "SIUD"}, CLEARED),
    Ability(
        "office_staff",
        (
            "file, decide and review approval requests in the name of any member of staff, settle what is to follow "
            "from a concern, and end grants; ask who holds a role, and which items lie beside one that a user did not "
            "agree to, or outside the scope of a legal process"
        ),
        {
            "humanaccess_ask humanaccess_counter humanaccess_followup": "SIU",
            "humanaccess_ask_item humanaccess_decision humanaccess_review": "SI",
            "humanaccess_grant": "S",
        },
        (
            "INSERT INTO humanaccess_counter VALUES (1999, 1)",
            "SELECT 1 WHERE humanaccess_end_grant('{grant}', 'staff', now())",
            "SELECT * FROM humanaccess_holders(ARRAY['administrator'])",
        ),
        calls=(
            "humanaccess_end_grant humanaccess_holders humanaccess_not_agreed humanaccess_outside_scope "
            "humanaccess_count_approvals identity_may_decide_for"
        ),
    ),
    Ability(
        "office_staff",
        (
            "file legal processes in counsel's name, move them and delay their notice for a year at most, again and "
            "again until it ends; read them with texts and documents as they are stored, and add texts"
        ),
        {
            "humanaccess_legalprocess humanaccess_processcounter": "SIU",
            "humanaccess_processnote": "SI",
        },
        (
            "INSERT INTO humanaccess_processcounter VALUES (1999, 1)",
            "SELECT count(document_key) FROM humanaccess_legalprocess",
            "SELECT count(sealed) FROM humanaccess_processnote",
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
        "read what is to be corrected, and the evidence, as they are stored, and decide about fields of taken requests",
        {"rights_correction": "SU", "rights_evidence": "S"},
        ("UPDATE rights_correction SET decision = 'accepted', decided_at = now()",),
    ),
    Ability(
        "office_staff",
        (
            "order the platform to erase a subject, for an entry that a deletion of theirs has begun, forged or not, "
            "which stays; order it to restrict the use of their data, or to lift that, for a request of theirs, "
            "or to correct what was accepted; read orders with their answers"
        ),
        {"workloads_platformorder": "SI"},
        ("~order", "SELECT * FROM workloads_platformorder"),
    ),
    Ability(
        "office_staff",
        (
            "read a subject's pseudonyms for analytics, for an entry that a deletion of theirs has begun and one that "
            "it was shown, forged or not, which both stay"
        ),
        {},
        ("~pseudonym",),
        calls="rights_shown_pseudonym",
    ),
    Ability(
        "office_staff",
        "read the headings of letters about a case, and write letters",
        {"inbox_letter": "I"},
        ("SELECT count(*) FROM inbox_letters_of_case(repeat('a', 32), 'HA-2026-1')",),
        calls="inbox_letters_of_case",
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
            ENTRY,
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
        (
            "read what any subject had restricted or objected to, place such marks for a request of theirs, and end "
            "restrictions"
        ),
        {"rights_mark": "SIU"},
        ("SELECT * FROM rights_mark", "UPDATE rights_mark SET ended_at = now()"),
    ),
    Ability(
        "office_staff",
        (
            "read and add to the register of processors, change contracts, reviews and ends, and have the worker "
            "change the rest on any day"
        ),
        {"terms_processor": "SIU"},
        ("SELECT * FROM terms_processor", "UPDATE terms_processor SET review_due_on = '2099-12-31'"),
    ),
    Ability(
        "office_staff",
        "read every version of the policy, write drafts, throw them away, and publish one in somebody else's name",
        {"terms_policyversion": "SIUD"},
        (
            "SELECT * FROM terms_policyversion",
            "UPDATE terms_policyversion SET published_at = now(), published_by = repeat('b', 32)",
        ),
    ),
    Ability(
        "office_staff",
        (
            "write announcements, throw drafts away, and release one in somebody else's name; see to whom the "
            "letters of one went, and how they stand"
        ),
        {"terms_announcement": "SIUD"},
        (
            "SELECT * FROM terms_announcement",
            "UPDATE terms_announcement SET released_at = now(), released_by = repeat('b', 32)",
            "SELECT count(*) FROM terms_letters('{item}', '', 1)",
        ),
        calls="terms_letters terms_letter_states",
    ),
]

#: what every role can do, since PostgreSQL lets everybody
ANY = (
    "make temporary tables and functions for its own session; change its own password and settings, which"
    " `audit_verify` and the next start name"
)
