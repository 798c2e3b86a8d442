"""Database objects of the terms app."""

from accounts.personaldata.restricted_sql import erasing
from audit.log.schema_sql import keep_ended
from core.db_objects import OWN_ROWS, Function, Policy, Trigger

#: a processor that was ended comes back by a new entry of the register
PROCESSORS = keep_ended("terms_processor")
#: what is published stays as it is, and nobody publishes what they wrote
POLICY = [
    Function(__file__, "terms_keep_policy"),
    Trigger("terms_keep_policy", "terms_policyversion", "BEFORE INSERT OR UPDATE OR DELETE", "terms_keep_policy"),
]
_ACCEPTANCE = "terms_acceptance"
#: who accepted which version: a person on their own pages, ingest by activity that the platform sends
ACCEPTANCES = [
    *erasing("terms", _ACCEPTANCE),
    Policy("terms_acceptance_own", _ACCEPTANCE, "SELECT", "office_self", using=OWN_ROWS),
    Policy("terms_acceptance_made", _ACCEPTANCE, "INSERT", "office_self", check=OWN_ROWS),
    Policy("terms_acceptance_seen", _ACCEPTANCE, "UPDATE", "office_self", using=OWN_ROWS),
    Policy(
        "terms_acceptance_house", _ACCEPTANCE, "SELECT", "office_worker, office_ingest, office_auditor", using="true"
    ),
    Policy(
        "terms_acceptance_activity",
        _ACCEPTANCE,
        "INSERT",
        "office_ingest",
        check=("how = 'continued' AND version_id NOT IN (SELECT v.id FROM terms_policyversion v WHERE v.must_accept)"),
    ),
    # Who has no notice of a version, and who went on under it without a record, for the promise P18.
    Function(
        __file__,
        "terms_untold",
        "of_version uuid, until timestamptz",
        "TABLE (people bigint, untold bigint, unrecorded bigint)",
        "sql STABLE",
        is_definer=True,
    ),
]
#: what is released stays as it is, nobody releases what they wrote; its letters, without what they say
ANNOUNCEMENTS = [
    Function(__file__, "terms_keep_announcement"),
    Trigger(
        "terms_keep_announcement",
        "terms_announcement",
        "BEFORE INSERT OR UPDATE OR DELETE",
        "terms_keep_announcement",
    ),
    Function(__file__, "terms_people_of_apps", "apps uuid[]", "SETOF text", "sql STABLE", is_definer=True),
    Function(
        __file__,
        "terms_letter_states",
        "of_announcement uuid",
        "TABLE (mail_state text, letters bigint, opened bigint)",
        "sql STABLE",
        is_definer=True,
    ),
    Function(
        __file__,
        "terms_letters",
        "of_announcement uuid, after text, at_most integer",
        "TABLE (subject text, written_at timestamptz, mail_state text, read_at timestamptz)",
        "sql STABLE",
        is_definer=True,
    ),
]
OBJECTS = [*PROCESSORS, *POLICY, *ACCEPTANCES, *ANNOUNCEMENTS]
