"""Requests and answers of the log's API; the problem document of every API."""

from typing import Any

from rest_framework import serializers


class FieldErrorSerializer(serializers.Serializer[Any]):
    """One field and the rule that it breaks."""

    field = serializers.CharField()
    rule = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """A problem document (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(required=False)
    page = serializers.URLField(required=False, help_text="Where a person can do it, signed in.")
    errors = FieldErrorSerializer(many=True, required=False)  # type: ignore[assignment]  # DRF has a property of this name


class PulledCheckpointSerializer(serializers.Serializer[Any]):
    """The signed checkpoint that covers every entry of the page."""

    size = serializers.IntegerField()
    root = serializers.CharField(help_text="Base64 of 32 bytes.")  # type: ignore[assignment]  # DRF has a property of this name


class PulledEntrySerializer(serializers.Serializer[Any]):
    """One entry and its index in the tree."""

    index = serializers.IntegerField(help_text="Its index in the tree, counted from 0: the cursor.")
    leaf = serializers.CharField(help_text="Base64 of the exact bytes that were hashed.")
    entry = serializers.JSONField(help_text="The same, as an object. People are references.")
    proof = serializers.CharField(help_text="Where its proof of inclusion is.")


class PulledPageSerializer(serializers.Serializer[Any]):
    """Entries after an index, in the order of the tree."""

    checkpoint = PulledCheckpointSerializer(allow_null=True, help_text="Null before the first one.")
    entries = PulledEntrySerializer(many=True)
    next = serializers.IntegerField(help_text="Pass it as `after` to go on, now or later.")
    more = serializers.BooleanField(help_text="Whether there is more at this moment.")


class ExportFilterSerializer(serializers.Serializer[Any]):
    """Which entries; a field that is not given filters nothing."""

    after = serializers.CharField(required=False, help_text="From this time on: 2026-11-23T09:30:00Z, or a date.")
    before = serializers.CharField(required=False, help_text="Earlier than this time.")
    actor = serializers.CharField(required=False, help_text="Such as machine:worker, or staff: and a reference.")
    event = serializers.CharField(required=False, help_text="Such as humanaccess.item.read.")
    subject = serializers.CharField(required=False, help_text="A reference: 32 digits and letters a to f.")
    outcome = serializers.CharField(required=False, help_text="ok, refused or failed.")
    case = serializers.CharField(required=False, help_text="Such as HA-2026-000123.")


FILTER_HELP = {name: str(field.help_text) for name, field in ExportFilterSerializer().fields.items()}


class RequestExportSerializer(serializers.Serializer[Any]):
    """What to export. Personal details are for people only: a reader token that requests them is refused."""

    filter = ExportFilterSerializer(required=False)
    compress = serializers.ChoiceField(["gzip", "zstd"], default="gzip")
    disclose_staff = serializers.BooleanField(default=False, help_text="With the names of staff.")
    disclose_subject_case = serializers.BooleanField(
        default=False, help_text="With what is personal in the one case that the filter names."
    )


class ExportSerializer(serializers.Serializer[Any]):
    """The state of an export."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(["asked", "running", "paused", "finished", "failed", "cancelled", "expired"])
    error = serializers.CharField(source="error_sentence", help_text="Why it failed; empty where it did not.")
    filter = ExportFilterSerializer()
    compress = serializers.CharField()
    disclose_staff = serializers.BooleanField()
    disclose_subject_case = serializers.BooleanField()
    estimated_entries = serializers.IntegerField()
    estimated_bytes = serializers.IntegerField()
    estimate_is_exact = serializers.BooleanField()
    expected = serializers.IntegerField(allow_null=True, help_text="Entries to write; null before it first ran.")
    done = serializers.IntegerField(help_text="Entries that are written.")
    percent = serializers.IntegerField()
    checkpoint_size = serializers.IntegerField(allow_null=True)
    asked_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    archive_size = serializers.IntegerField(allow_null=True, help_text="Bytes of the archive.")
    archive_sha256 = serializers.CharField(help_text="Empty before it is finished.")
    manifest_sha256 = serializers.CharField(help_text="Empty before it is finished; the log has it, too.")
    # Not of the model: the view adds both.
    url = serializers.CharField(read_only=True, help_text="This export's own address.")
    archive_url = serializers.CharField(
        read_only=True, help_text="Where the archive is; empty while it is not offered."
    )
