"""Walk through the office without a browser and leave the artefacts."""

import os
import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.errors import TamperedError
from humanaccess.errors import AccessError
from omegaoffice.dev import processes
from omegaoffice.dev.demo import people
from omegaoffice.dev.demo.walkthrough import Walkthrough, WalkthroughError
from rights.errors import RightsError


class Command(BaseCommand):
    help = "Walk through: sign in, file, fulfil, download; request access, agree, read, revoke; verify the log."

    def handle(self, *_args: Any, **_options: Any) -> None:
        people.refuse_in_production()
        call_command("migrate", verbosity=0, interactive=False)
        call_command("demo_people", stdout=self.stdout)
        folder = Path(settings.VAR_DIR) / "demo" / timezone.now().strftime("%Y%m%d-%H%M%S")
        folder.mkdir(parents=True)
        step = iter(range(1, 100))
        walkthrough = Walkthrough(
            folder, lambda text: self.stdout.write(text if text[0] == " " else f"{next(step):>2}. {text}")
        )
        # A worker that runs already does not matter: each takes what it has leased.
        child = processes.worker()
        with subprocess.Popen(child.command, env={**os.environ, **child.env}, stdout=subprocess.DEVNULL) as worker:
            try:
                artefacts = self._run_walkthrough(walkthrough)
            except (WalkthroughError, AccessError, RightsError, TamperedError) as error:
                raise CommandError(f"The walkthrough failed: {str(error).rstrip('.')}.") from None
            finally:
                worker.terminate()
        self.stdout.write("\nArtefacts:")
        for path in artefacts:
            self.stdout.write(f"  {path}")

    def _run_walkthrough(self, walkthrough: Walkthrough) -> list[Path]:
        layla = walkthrough.sign_in("layla")
        reference = walkthrough.file_request(layla)
        walkthrough.fulfil(reference)
        package = walkthrough.download(layla, reference)
        walkthrough.read_and_end(walkthrough.request_on_agreement(), "sam", ended_by="layla")
        granted = walkthrough.request_on_security()
        walkthrough.read_and_end(granted, "selim", ended_by="aida")
        walkthrough.review(granted, "bilal")
        checkpoint = walkthrough.prove()
        access_history = walkthrough.see_access_history(layla)
        return [walkthrough.keep_receipt(layla, access_history), package, checkpoint]
