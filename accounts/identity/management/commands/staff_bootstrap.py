"""Print the one-time link by which the first administrator joins."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils import timezone

from accounts.identity.errors import IdentityError
from accounts.identity.services import bootstrap_administrator
from audit import sides


class Command(BaseCommand):
    help = "Invites the first administrator; refused once there is one. Prints a link that works once, for 7 days."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the administrator's e-mail address")
        parser.add_argument("--site", default="http://127.0.0.1:8000", help="where the office is served")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            validate_email(options["email"])
            with sides.acting("staff"):
                invitation, token = bootstrap_administrator(email=options["email"], now=timezone.now())
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except IdentityError as error:
            raise CommandError(str(error.sentence)) from None
        self.stdout.write(options["site"].rstrip("/") + reverse("invitation_link", args=[token]))
        self.stderr.write(
            f"Whoever opens it becomes the administrator. It dies on {invitation.expires_at:%Y-%m-%d %H:%M} UTC."
        )
