"""Publish the first version of the policy out of files."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.terms.errors import PolicyError
from accounts.terms.services import import_first_version
from core import db

_SUMMARY = {"summary_en": "The first version.", "summary_ar": "النسخة الأولى."}


def _read(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{name}: it cannot be read as UTF-8 ({type(error).__name__}).") from None


class Command(BaseCommand):
    help = "Publish the first version of the policy, in force or not; two people publish those after it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the text in English, Markdown")
        parser.add_argument("--arabic", metavar="FILE", default="", help="the text in Arabic")
        parser.add_argument(
            "--effective", metavar="DAY", type=date.fromisoformat, required=True, help="such as 2026-03-03"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Publish it, or say why not."""
        texts = _read(options["file"]), _read(options["arabic"]) if options["arabic"] else ""
        try:
            with db.use_role("staff"):
                import_first_version(*texts, effective_on=options["effective"], now=timezone.now(), **_SUMMARY)
        except PolicyError as refusal:
            raise CommandError(str(refusal.sentence)) from None
        self.stdout.write(f"The policy of {options['effective']} is published.")
