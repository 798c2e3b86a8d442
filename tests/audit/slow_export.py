"""Small, slow segments in a real worker: Celery includes this module (`-I`), and tests kill the worker meanwhile."""

import os
import time
from pathlib import Path

from audit.services import plan_export, write_segment

plan_export.SEGMENT = 50
_save = write_segment.SegmentWriter.save


def _slowly(self, files, storing):
    while not Path(os.environ["SLOW_UNTIL"]).exists() and self._stretch.number >= 2:
        time.sleep(0.05)
    return _save(self, files, storing)


write_segment.SegmentWriter.save = _slowly
