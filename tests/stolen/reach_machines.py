"""The same for the roles of machines, and of auditors."""

from tests.stolen.reach import CACHE, CLEARED, COUNTS, ENTRY, MUTED, RESTRICTED, SUMS, TREE, Ability

_ANSWER = (
    "UPDATE workloads_platformorder SET answered_at = now(), receipt = "
    "(SELECT coalesce(jsonb_agg(jsonb_build_object('app', app)), '[]') FROM unnest(apps) AS app) "
    "WHERE answered_at IS NULL AND kind NOT IN ('correct', 'drop_cache')"
)

MACHINES = [
    # -- the worker
    Ability(
        "office_worker",
        (
            "read all restricted rows, sign-in sessions and pseudonyms of one subject, as they are stored, for each "
            "step entry, forged or somebody else's, in its first 65 minutes; of what is restricted, where the entry "
            "says that it is for a right or a law. The entries stay; an entry used again leaves nothing"
        ),
        {RESTRICTED: "S", "usersessions_usersession workloads_pseudonym": "S"},
        ("~step",),
        calls="audit_ticket audit_ticket_age audit_is_erased audit_is_restricted audit_reads_despite",
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
            "requests and legal processes, for an erasure entry, forged or not, which stays; count what is left of "
            "them, and what names them"
        ),
        {},
        ("~erase_rows", "SELECT workloads_left('workloads_logline', repeat('a', 32))"),
        calls=(
            "identity_erase inbox_erase inbox_left workloads_erase workloads_left connections_erase "
            "connections_left rights_erase rights_left terms_erase terms_left humanaccess_erase "
            "humanaccess_erase_process rights_mentions"
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
        ("read which automations of whom were deleted at the platform; erase one, and note that nothing is left of it"),
        {"connections_endedautomation": "SU"},
        (
            "SELECT connections_erase_automation('{item}')",
            "UPDATE connections_endedautomation SET settled_at = now()",
        ),
        calls="connections_erase_automation",
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
        (MUTED, "SELECT * FROM humanaccess_holders(ARRAY['administrator'])"),
        calls="humanaccess_holders identity_may_decide_for",
    ),
    Ability(
        "office_worker",
        (
            "read any subject's access tokens without their hashes, end them, and remove those that ended more "
            "than ninety days ago"
        ),
        {"identity_usertoken": "SD"},
        ("SELECT name FROM identity_usertoken", "DELETE FROM identity_usertoken"),
        calls="identity_end_tokens",
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
        (
            "read what was granted at Google or authorised at GitHub, with tokens as they are stored, remove it, say "
            "when Google was asked about it last and what it answered, and that its end was confirmed there; learn "
            "what no automation needs"
        ),
        {
            "connections_googlegrant": "SUD",
            "connections_githubgrant": "SD",
            "connections_revocation": "SIU",
        },
        (
            "SELECT sealed FROM connections_googlegrant",
            "SELECT sealed FROM connections_githubgrant",
            "UPDATE connections_revocation SET sealed = NULL, due_at = NULL, confirmed_at = now()",
            "SELECT * FROM connections_unneeded(NULL)",
            "DELETE FROM connections_googlegrant",
        ),
        calls="connections_unneeded",
    ),
    Ability(
        "office_worker",
        (
            "read which security events Google sent, and until each is settled the account or token that it names; "
            "settle them, and remove those that are older than ninety days"
        ),
        {"connections_securityevent": "SUD"},
        (
            "SELECT identifier FROM connections_securityevent",
            "UPDATE connections_securityevent SET settled_at = now(), outcome = 'noted', identifier = ''",
        ),
    ),
    Ability(
        "office_worker",
        (
            "read what is to be corrected, and the evidence, as they are stored; say that an accepted field was or "
            "could not be corrected; replace an address or user name of whom a correction of it is being worked on, "
            "for the entry of a step, forged or not, which stays"
        ),
        {"rights_correction": "SU", "rights_evidence": "S"},
        ("SELECT * FROM rights_correction", "SELECT * FROM rights_evidence"),
        calls="identity_correct",
    ),
    Ability(
        "office_worker",
        (
            "read orders to the platform with their answers, say that they were acted on, and order it to correct what "
            "was corrected here, or to drop what is cached from Google, for an end of a subject's access, once"
        ),
        {"workloads_platformorder": "SIU"},
        ("SELECT * FROM workloads_platformorder", "UPDATE workloads_platformorder SET settled_at = now()"),
    ),
    Ability(
        "office_worker",
        "read legal processes with texts and documents as they are stored; put them back into the queue, give notices",
        {"humanaccess_legalprocess": "SU", "humanaccess_processnote": "S"},
        (
            "SELECT count(document_key) FROM humanaccess_legalprocess",
            "SELECT count(sealed) FROM humanaccess_processnote",
        ),
    ),
    Ability(
        "office_worker",
        (
            "close open approval requests as expired or cancelled; read decisions, reviews and follow-ups; end grants, "
            "ask which hold nothing but items of apps that have ended, and end those that hold nothing but what "
            "automations hold, of a subject whose access to Google data ended; draw what is reviewed, and roll a draw "
            "back until it suits; remove hashes of one-time codes that ended a day ago"
        ),
        {
            "humanaccess_ask": "SU",
            "humanaccess_ask_item humanaccess_decision humanaccess_grant humanaccess_review": "S",
            "humanaccess_followup humanaccess_sample": "S",
        },
        ("SELECT * FROM humanaccess_decision", "SELECT 1 WHERE humanaccess_end_grant('{grant}', 'staff', now())"),
        calls=(
            "humanaccess_end_grant humanaccess_grants_of_ended_apps humanaccess_end_on_google_data "
            "humanaccess_draw_sample humanaccess_sweep_codes"
        ),
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
        ("SELECT * FROM audit_entry", ENTRY, "~erase"),
    ),
    Ability(
        "office_worker",
        "read of any subject's legal holds what they keep and until when",
        {"rights_hold": "S"},
        ("SELECT category, ends_on FROM rights_hold",),
    ),
    Ability(
        "office_worker",
        "read what any subject had restricted or objected to",
        {"rights_mark": "S"},
        ("SELECT * FROM rights_mark",),
    ),
    Ability(
        "office_worker",
        "read the register of processors and the versions of the policy, drafts too",
        {"terms_processor terms_policyversion": "S"},
        ("SELECT * FROM terms_processor", "SELECT * FROM terms_policyversion"),
    ),
    Ability(
        "office_worker",
        "change what the register of processors says of one publicly",
        {"terms_processor": "U"},
        ("UPDATE terms_processor SET country = 'XX'",),
    ),
    Ability(
        "office_worker",
        (
            "read which versions of the policy anybody accepted, who has given apps, and announcements, and say "
            "how far one has come"
        ),
        {"terms_acceptance": "S", "terms_announcement": "SU"},
        (
            "SELECT * FROM terms_acceptance",
            "SELECT count(*) FROM terms_people_of_apps(ARRAY['{item}'::uuid])",
            "UPDATE terms_announcement SET finished_at = now()",
        ),
        calls="terms_people_of_apps",
    ),
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
            "connections_run_conflicts connections_transfer_conflicts workloads_webvisit_conflicts"
        ),
    ),
    Ability(
        "office_ingest",
        "read orders to the platform, and answer open ones in its name",
        {"workloads_platformorder": "SU"},
        (_ANSWER,),
    ),
    Ability(
        "office_ingest",
        "read what was accepted to be corrected and is ordered of the platform, as it is stored",
        {"rights_correction": "S"},
        ("SELECT id, subject, category, record, field, sealed_new FROM rights_correction",),
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
    Ability(
        "office_ingest",
        "say in Google's name that an account there or a token has ended; read no such event",
        {"connections_securityevent": "I"},
        (
            (
                "INSERT INTO connections_securityevent VALUES (gen_random_uuid(), 'thief', 'tokens-revoked', now(), "
                "now(), 'account', '1', NULL, '')"
            ),
        ),
    ),
    Ability(
        "office_ingest",
        (
            "learn whether an automation gets a token and which scopes it needs; read what one subject granted at "
            "Google, with the token as it is stored, for each entry that one was handed out, forged or not, which "
            "stays; say when it was used"
        ),
        {"connections_googlegrant": "SU"},
        ("~lend_token", "SELECT count(*) FROM connections_lendable(repeat('a', 32), '{item}')"),
        calls="connections_lendable",
    ),
    Ability(
        "office_ingest",
        "redeem a one-time code, for whoever has the code itself",
        {},
        ("SELECT broken FROM humanaccess_redeem_code(repeat('a', 64), '{item}', '{item}')",),
        calls="humanaccess_redeem_code",
    ),
    Ability("office_ingest", COUNTS, {CACHE: "SIUD"}, CLEARED),
    Ability(
        "office_ingest",
        (
            "read ids and references of accounts, whether each is open, and hashes of service tokens; read and write "
            "what was ingested and set aside"
        ),
        {
            "identity_user workloads_servicetoken": "S",
            "workloads_ingest": "SIU",
            "workloads_setasideline": "SI",
            "django_migrations": "S",
        },
        ("SELECT id, reference, is_active FROM identity_user",),
        calls="workloads_token_used",
    ),
    Ability(
        "office_ingest",
        "add entries of any kind and read none; read every encrypted detail of the log",
        {"audit_entry audit_disclosure": "SI"},
        (ENTRY, "SELECT * FROM audit_disclosure"),
        calls="audit_ticket audit_ticket_age audit_is_erased audit_is_restricted",
    ),
    Ability(
        "office_ingest",
        "read the versions of the policy, drafts too, and who accepted which; record that anybody went on under one",
        {"terms_policyversion": "S", "terms_acceptance": "SI"},
        (
            "SELECT * FROM terms_policyversion",
            "SELECT subject, version_id, cause FROM terms_acceptance",
        ),
    ),
    # -- the sequencer
    Ability(
        "office_sequencer",
        "read the whole log and every encrypted detail, add entries of any kind",
        {"audit_entry audit_disclosure": "SI", "django_migrations": "S"},
        ("SELECT * FROM audit_entry", ENTRY),
        calls="audit_ticket audit_ticket_age audit_is_erased audit_is_restricted",
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
        ("SELECT * FROM audit_entry", ENTRY, "SELECT * FROM audit_pending"),
        calls="audit_ticket audit_ticket_age audit_is_erased audit_is_restricted audit_token_used",
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
            "humanaccess_legalprocess humanaccess_processnote": "S",
            "workloads_ingest workloads_servicetoken audit_sweep_failure humanaccess_aggregate": "S",
            "humanaccess_followup humanaccess_sample": "S",
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
    Ability(
        "office_auditor",
        "count transfers of automations, and learn the numbers of those to a destination that was never set up",
        {},
        ("SELECT * FROM connections_transfer_faults(now() - interval '90 days', now(), 10)",),
        calls="connections_transfer_faults",
    ),
    Ability(
        "office_auditor",
        "count access tokens, and those that should have ended",
        {},
        ("SELECT * FROM identity_token_faults(now())",),
        calls="identity_token_faults",
    ),
    Ability("office_auditor", COUNTS, {CACHE: "SIUD"}, CLEARED),
    Ability(
        "office_auditor",
        "read which permissions any subject granted at Google or GitHub, and when they ended and were confirmed; count "
        "what no automation needs and what is too large",
        {"connections_googlegrant connections_githubgrant connections_revocation": "S"},
        (
            "SELECT scopes FROM connections_googlegrant",
            "SELECT changed_at FROM connections_githubgrant",
            "SELECT confirmed_at FROM connections_revocation",
            "SELECT * FROM connections_unneeded(NULL)",
            "SELECT * FROM connections_revocation_times('2026-01-01')",
            "SELECT connections_oversize('2026-01-01', 9, 9)",
        ),
        calls="connections_unneeded connections_revocation_times connections_oversize",
    ),
    Ability(
        "office_auditor",
        "read which fields any subject wants corrected, what was decided by whom, and the kind and size of evidence",
        {"rights_correction rights_evidence": "S"},
        ("SELECT category, field, decision FROM rights_correction", "SELECT media_type, size FROM rights_evidence"),
    ),
    Ability(
        "office_auditor",
        "read of any subject's legal holds what they keep, until when, and who placed and lifted them",
        {"rights_hold": "S"},
        ("SELECT category, ends_on, placed_by FROM rights_hold",),
    ),
    Ability(
        "office_auditor",
        "read what any subject had restricted or objected to",
        {"rights_mark": "S"},
        ("SELECT * FROM rights_mark",),
    ),
    Ability(
        "office_auditor",
        "read the register of processors and the versions of the policy, drafts too",
        {"terms_processor terms_policyversion": "S"},
        ("SELECT * FROM terms_processor", "SELECT * FROM terms_policyversion"),
    ),
    Ability(
        "office_auditor",
        "read which versions of the policy anybody accepted, and announcements, drafts too; count who was not told",
        {"terms_acceptance terms_announcement": "S"},
        (
            "SELECT * FROM terms_acceptance",
            "SELECT * FROM terms_announcement",
        ),
        calls="terms_untold",
    ),
]
