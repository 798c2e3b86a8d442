"""A sequencer that ends itself with kill -9: `python -m tests.audit.sequencer.sequencer_child POINT before|after`.

Run by the tests in a process of its own; POINT is a function of `audit.sequencer.sequence`.
"""

import os
import signal
import sys
from datetime import UTC, datetime
from functools import wraps


def die_at(module, point, when):
    real = getattr(module, point)

    @wraps(real)
    def fatal(*arguments, **options):
        if when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        real(*arguments, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(module, point, fatal)


def main(point, when):
    import django

    import omegaoffice  # noqa: F401  puts the source roots on the path

    os.environ["DJANGO_SETTINGS_MODULE"] = "omegaoffice.dev.settings"
    django.setup()
    from audit.sequencer.sequence import sequence
    from core import db

    die_at(sys.modules["audit.sequencer.sequence"], point, when)
    with db.use_role("sequencer"):
        sequence(datetime.now(UTC))


if __name__ == "__main__":
    main(*sys.argv[1:])
