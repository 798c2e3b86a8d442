"""Walk the whole story without a browser and leave its artefacts."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.errors import TamperedError
from humanaccess.errors import AccessError
from omegaoffice import processes
from omegaoffice.demo import people
from omegaoffice.demo.story import Story, StoryBrokenError
from rights.errors import RightsError


@contextmanager
def _worker() -> Iterator[None]:
    """Run a real worker for the story's time; beside one that runs already it does no harm: rows are leased."""
    child = processes.worker()
    process = subprocess.Popen(child.command, env={**os.environ, **child.env}, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


class Command(BaseCommand):
    help = "Walk the story: sign in, file, fulfil, download; ask, agree, look, revoke; verify the log."

    def handle(self, *_args: Any, **_options: Any) -> None:
        people.refuse_in_production()
        call_command("migrate", verbosity=0, interactive=False)
        call_command("demo_people", stdout=self.stdout)
        folder = Path(settings.VAR_DIR) / "demo" / timezone.now().strftime("%Y%m%d-%H%M%S")
        folder.mkdir(parents=True)
        step = iter(range(1, 100))
        story = Story(folder, lambda text: self.stdout.write(text if text[0] == " " else f"{next(step):>2}. {text}"))
        try:
            with _worker():
                artefacts = self._walk(story)
        except (StoryBrokenError, AccessError, RightsError, TamperedError) as error:
            raise CommandError(f"The story broke: {str(error).rstrip('.')}.") from None
        self.stdout.write("\nArtefacts:")
        for path in artefacts:
            self.stdout.write(f"  {path}")

    def _walk(self, story: Story) -> list[Path]:
        layla = story.sign_in("layla")
        reference = story.file_request(layla)
        story.fulfil(reference)
        package = story.download(layla, reference)
        story.look(story.ask_on_agreement(), "sam", ended_by="layla")
        granted = story.ask_on_security()
        story.look(granted, "selim", ended_by="aida")
        story.review(granted, "bilal")
        story.see_who_looked(layla)
        checkpoint = story.prove()
        return [story.keep_receipt(layla), package, checkpoint]
