"""A data category that is slow to read, for tests that kill a worker in the middle: the worker imports it with `-I`.

It is slow until the file that SLOW_UNTIL names exists.
"""

import os
import time
from pathlib import Path

from accounts.personaldata import categories

RECORDS = 100


def _export(_reference, _entry):
    slow = not Path(os.environ["SLOW_UNTIL"]).exists()
    for number in range(RECORDS):
        if slow:
            time.sleep(0.2)
        yield {"number": number}


def declare():
    """Declare it beside the real ones."""
    fields = {**categories.data_categories()[0].__dict__, "name": "test.slow", "title": "Slow"}
    categories._categories["test.slow"] = categories.DataCategory(
        **{**fields, "count": lambda _r: RECORDS, "export": _export}
    )


declare()
