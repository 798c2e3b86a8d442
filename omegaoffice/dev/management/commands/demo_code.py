"""Show the code that a demo person's authenticator app would show."""

import time
from argparse import ArgumentParser
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.identity.models import User
from core import db

_PERIOD = 30


class Command(BaseCommand):
    help = "Prints the current code of a demo person's second factor. Refused in production."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="whose code")

    def handle(self, *_args: Any, **options: Any) -> None:
        if settings.OFFICE_ENV == "production":
            raise CommandError("REFUSED IN PRODUCTION: a code that the server prints is no second factor.")
        with db.use_role("default"):
            person = User.objects.filter(email__iexact=options["email"]).first()
            if person is None:
                raise CommandError("Nobody has this address.")
            kept = Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).first()
        if kept is None:
            raise CommandError("This person has no authenticator app set up.")
        moment = time.time()
        code = format_hotp_value(hotp_value(decrypt(kept.data["secret"]), int(moment) // _PERIOD))
        self.stdout.write(code)
        self.stderr.write(f"Good for {_PERIOD - int(moment) % _PERIOD} more seconds, once.")
