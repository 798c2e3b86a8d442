"""Print the one-time links by which the first administrators join."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils import timezone

from accounts.identity.errors import IdentityError
from accounts.identity.services import bootstrap_administrators
from core import db


class Command(BaseCommand):
    help = (
        "Invites one founder or two; refused once there is an administrator. Prints links that work once, for 7 days."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the first administrator's e-mail address")
        parser.add_argument("second", nargs="?", help="a second founder's: each then confirms what the other does")
        parser.add_argument("--site", default="http://127.0.0.1:8000", help="where the office is served")

    def handle(self, *_args: Any, **options: Any) -> None:
        emails = [options["email"], *([options["second"]] if options["second"] is not None else [])]
        try:
            for email in emails:
                validate_email(email)
            with db.use_role("staff"):
                invited = bootstrap_administrators(emails, now=timezone.now())
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except IdentityError as error:
            raise CommandError(str(error.sentence)) from None
        for _invitation, token in invited:
            self.stdout.write(options["site"].rstrip("/") + reverse("invitation:link", args=[token]))
        self.stderr.write(
            f"Whoever opens it becomes an administrator. It expires on {invited[0][0].expires_at:%Y-%m-%d %H:%M} UTC."
        )
