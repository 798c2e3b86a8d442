"""Responses of the API, as OpenAPI shows them."""

from typing import Any

from rest_framework import serializers


class SetAsideSerializer(serializers.Serializer[Any]):
    """One line that was set aside."""

    line = serializers.IntegerField(source="number", help_text="Counted from 1.")
    field = serializers.CharField(help_text="Empty when the line as a whole is broken.")
    rule = serializers.CharField()


class ReportSerializer(serializers.Serializer[Any]):
    """Counts of a body's lines."""

    ingest = serializers.UUIDField()
    lines = serializers.IntegerField(help_text="Lines that are not blank.")
    kept = serializers.IntegerField(help_text="New records.")
    known = serializers.IntegerField(help_text="Records that were there already.")
    set_aside = serializers.IntegerField(help_text="Lines that break a rule.")
    digest = serializers.CharField(help_text="SHA-256 of the body.")
    first_set_aside = SetAsideSerializer(source="first", many=True, help_text="A hundred of them at most.")
