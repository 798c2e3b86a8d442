"""Small, slow segments in a real worker: Celery includes this module (`-I`), and tests kill the worker meanwhile."""

import os
import time
from pathlib import Path

from audit.exports import plan, segments

plan.SEGMENT = 50
_save = segments.SegmentWriter.save


def _slowly(self, files, storing):
    while not Path(os.environ["SLOW_UNTIL"]).exists() and self._segment.number >= 2:
        time.sleep(0.05)
    return _save(self, files, storing)


segments.SegmentWriter.save = _slowly
