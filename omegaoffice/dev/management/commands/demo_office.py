"""Fill the demo office once: requests of every kind, state and age."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from core import db
from omegaoffice.dev.demo import figures, office, people
from rights.models import RightsRequest


class Command(BaseCommand):
    help = "Make 47 rights requests and 22 approval requests where there are none; refused in production."

    def handle(self, *_args: Any, **_options: Any) -> None:
        people.refuse_in_production()
        now = timezone.now()
        made = people.make_people(now)
        with db.use_role("staff"):
            if RightsRequest.objects.exists():
                return
        self.stdout.write("Filling the demo office with requests…")
        count = office.fill_office(made, people.make_applicant, now)
        figures.add_figures(office.NAMES, made["paula"], now)
        self.stdout.write(f"{count} requests, some late, some overdue, some answered.")
