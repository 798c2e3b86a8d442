"""What the log's API answers, as OpenAPI shows it; and the problem document that every API here answers with."""

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
    errors = FieldErrorSerializer(many=True, required=False)  # type: ignore[assignment]  # DRF has a property of this name


class PulledCheckpointSerializer(serializers.Serializer[Any]):
    """The signed checkpoint that covers every entry of the page."""

    size = serializers.IntegerField()
    root = serializers.CharField(help_text="Base64 of 32 bytes.")  # type: ignore[assignment]  # DRF has a property of this name


class PulledEntrySerializer(serializers.Serializer[Any]):
    """One entry at its place in the tree."""

    index = serializers.IntegerField(help_text="Its place in the tree, counted from 0: the cursor.")
    leaf = serializers.CharField(help_text="Base64 of the exact bytes that were hashed.")
    entry = serializers.JSONField(help_text="The same, as an object. People are references.")


class PulledPageSerializer(serializers.Serializer[Any]):
    """Entries after a place, in the order of the tree."""

    checkpoint = PulledCheckpointSerializer(allow_null=True, help_text="Null before the first one.")
    entries = PulledEntrySerializer(many=True)
    next = serializers.IntegerField(help_text="Pass it as `after` to go on, now or later.")
    more = serializers.BooleanField(help_text="Whether there is more at this moment.")
