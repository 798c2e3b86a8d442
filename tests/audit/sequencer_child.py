"""A sequencer that ends itself with kill -9: `python -m tests.audit.sequencer_child POINT before|after`.

Run by the tests in a process of its own; POINT is a function of `audit.services.sequence`.
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

    os.environ["DJANGO_SETTINGS_MODULE"] = "omegaoffice.settings"
    django.setup()
    from audit import sides
    from audit.services.sequence import sequence

    die_at(sys.modules["audit.services.sequence"], point, when)
    with sides.acting("sequencer"):
        sequence(datetime.now(UTC))


if __name__ == "__main__":
    main(*sys.argv[1:])
