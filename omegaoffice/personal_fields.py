"""Every field of every model is declared in a data category, or is listed here with a reason.

What nobody declared would be in no package, and no erasure would reach it. A system check and the promise P01 say so.
"""

from django.apps import apps
from django.db.models import Model

from accounts.personaldata.categories import data_categories

#: models that hold nothing on a person
NOT_PERSONAL = {
    "account.EmailConfirmation": "never written: confirmations are codes in an encrypted session",
    "admin.LogEntry": "never written, and no role may: the log is our own",
    "audit.StoredCheckpoint": "sizes and roots of the tree",
    "audit.Export": "what staff asked of the log, by reference; the archive is encrypted and expires",
    "audit.ExportSegment": "sizes of an export's segments",
    "audit.Cosignature": "what witnesses signed about the tree",
    "audit.Delivery": "checkpoints on their way",
    "audit.Leaf": "hashes of entries",
    "audit.ExportIdempotencyKey": "keys of calls",
    "audit.ExportSchedule": "what the office exports by itself",
    "audit.ReaderToken": "credentials of machines that read the log",
    "audit.SweepFailure": "numbers of rows that a sweep could not do",
    "audit.TimeStamp": "what an authority signed about the tree",
    "auth.Group": "never written, and no role may",
    "auth.Group_permissions": "never written, and no role may",
    "auth.Permission": "names of Django's permissions",
    "connections.SecurityEvent": (
        "numbers, kinds and times of what Google told; whose account it is about goes with what is done, within seconds"
    ),
    "contenttypes.ContentType": "names of models",
    "humanaccess.Aggregate": "figures on all people of a week, none of which can be led back to one",
    "humanaccess.ApprovalCounter": "the last number of a year",
    "humanaccess.ProcessCounter": "the last number of a year",
    "humanaccess.Sample": "whether chance had an access or a run reviewed; what the review found is in `access`",
    "identity.CacheEntry": "counts and codes under keyed digests, for minutes",
    "identity.User_groups": "never written, and no role may",
    "identity.User_user_permissions": "never written, and no role may",
    "rights.RequestCounter": "the last number of a year",
    "socialaccount.SocialApp": "never written: providers stand in the settings",
    "socialaccount.SocialToken": "never written, and no role may",
    "terms.Announcement": "letters to everybody before they are written, and who of the staff wrote and released them",
    "terms.PolicyVersion": "texts of the policy, and which members of staff wrote and published them, by reference",
    "terms.Processor": "companies that process data for us, their contracts and reviews",
    "terms.ProcessingRecord": "a page without a table",
    "terms.RetentionReport": "a page without a table",
    "terms.TransferRegister": "a page without a table",
    "workloads.Ingest": "counts and digests of what the platform sent",
    "workloads.ServiceToken": "the platform's own credentials",
    "workloads.SetAsideLine": "line numbers, rules and keyed digests: nothing of what a line said, nor of whom",
    "vault.SubjectKey": "wrapped keys: given to nobody, and gone with the person they protect",
}

#: counts of what other data categories export record by record
COUNTED = {
    "connections.ConnectionsDailyTotal": "sums by day of automations and runs",
    "workloads.WorkloadsDailyTotal": "sums by day of usage, metrics, commands, log lines, visits and apps",
}

#: means the same in every model: the row's id, whose row it is, and an encrypted part that is exported decrypted
EVERYWHERE = {"id", "subject", "user", "sealed", "request"}

#: fields of declared models that are exported under another name, or are no facts about the person
ACCOUNTED = {
    "account.EmailAddress": "verified primary",  # in `addresses`
    "audit.Disclosure": "holder",
    "audit.Entry": "leaf actor case_ref",
    # each in `named_items`, `decisions` and `access`
    "humanaccess.ApprovalRequest": "window reason_digest",
    "humanaccess.RequestedItem": "approval_request position kind item label answer",
    "humanaccess.Decision": (
        "approval_request items decided_by verdict text_version language shown_at saw_refusal window decided_at"
    ),
    "humanaccess.ReadCode": "code_hash grant kind item entry expires_at redeemed_at redeemed_by",  # for a day
    "humanaccess.Grant": "approval_request reader starts_at ends_at ended_at ended_reason",
    "humanaccess.Review": "grant reviewed_by finding reads reviewed_at",
    # hashes of the token and its beginning, for Google's security events; the worker's own of a grant that ended
    "connections.GoogleGrant": "token_hash prefix_hash",
    "connections.Revocation": "attempts due_at last_answer",
    # who filed and holds it is in no package; the document is the authority's, its digest is given
    "humanaccess.LegalProcess": (
        "assignee closed_at filed_by filed_at document document_key document_type document_bytes"
    ),
    "humanaccess.ProcessNote": "author written_at part",  # in `texts`
    "humanaccess.FollowUp": "review kind due_on settled_by settled_at sealed_outcome",
    "identity.Invitation": "token_hash invited_by invited_at expires_at accepted_by accepted_at cancelled_at",
    "identity.PendingChange": "act assignment asked_by asked_at effective_at settled_at",  # in `changes`
    "identity.RoleAssignment": "role given_by given_at confirmed_by confirmed_at effective_at ended_by ended_at",
    "identity.StaffMail": "muted told tried_at",  # `muted` as `work_mails_off`; keys of what waited, until it is done
    "identity.User": "password is_superuser groups user_permissions",  # a hash; the others are never set
    "identity.UserToken": "hash",  # of a text that nobody kept
    "inbox.Letter": "case_ref subject_line mail_attempts mail_due_at",
    "mfa.Authenticator": "type data",  # the secret is given to nobody
    "rights.Certificate": "statement entry made_at link_ends_at",  # made when its person is gone
    # category and dates in `holds`; authority and reason are a third party's, and may be secret
    "rights.LegalHold": "category placed_by placed_at ends_on ended_at ended_by",
    # each in `corrections` and `evidence`
    "rights.Correction": (
        "category record field sealed_old sealed_new sealed_reason decision ground sealed_words decided_by decided_at "
        "applied_at"
    ),
    "rights.Evidence": "name media_type size sealed_key received_at",
    "rights.ProcessingMark": "category kind since ended_at ended_reason",  # in `marks`
    "rights.RequestNote": "author written_at",
    "rights.Package": "name size sha256 files sealed_key made_at expires_at removed_at",
    "rights.RequestQuestion": "author asked_at pauses sealed_answer",  # in `questions`
    "rights.RightsRequest": "identified_at due_at acknowledge_by derivation paused_since assignee started_by",
    "rights.Step": (
        "position verb holding status attempts attempts_allowed due_at lease_until lease_owner last_error left_out "
        "progress expected receipt part part_key entry finished_at"
    ),
    "sessions.Session": "session_key session_data expire_date",  # a hash of the cookie, and what is encrypted
    "socialaccount.SocialAccount": "uid last_login date_joined extra_data",  # extra_data is always empty
    "workloads.PlatformOrder": "number answered_by settled_at",
    "usersessions.UserSession": "created_at session_key data",  # a hash of the cookie; data is always empty
}


def declared_fields() -> dict[str, set[str]]:
    """Return the label of each model of a data category → the fields that its categories export."""
    found: dict[str, set[str]] = {}
    for category in data_categories():
        for label in category.models:
            found.setdefault(label, set()).update(category.fields)
    return found


def all_models() -> dict[str, type[Model]]:
    """Return label → model, of every installed app, allauth's and Django's included."""
    return {model._meta.label: model for model in apps.get_models(include_auto_created=True)}


def undeclared_fields() -> list[str]:
    """Return each model and each `model.field` that is neither declared nor listed, in order."""
    exported, models = declared_fields(), all_models()
    missing = {label for label in models if label not in {*exported, *NOT_PERSONAL, *COUNTED}}
    for label, fields in exported.items():
        names = {field.name for field in models[label]._meta.get_fields() if getattr(field, "concrete", False)}
        known = fields | EVERYWHERE | set(ACCOUNTED.get(label, "").split())
        missing |= {f"{label}.{name}" for name in names - known}
    return sorted(missing)
