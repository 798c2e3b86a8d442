"""Read the register of processors, and which data categories name whom."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import orjson

from accounts.personaldata.categories import DataCategory, data_categories
from audit.log.models import Entry

from .events import RETENTION_MEASURED
from .models import Processor


def processor_names() -> Mapping[str, Any]:
    """Return slug → name for pages, ended ones included: the port `accounts.personaldata.categories`."""
    return {processor.slug: processor.label for processor in Processor.objects.all()}


def categories_by_processor() -> Mapping[str, list[DataCategory]]:
    """Return slug → the data categories that name it."""
    found: dict[str, list[DataCategory]] = defaultdict(list)
    for category in data_categories():
        for slug in category.processors:
            found[slug].append(category)
    return found


def retention_by_category() -> dict[str, dict[str, Any]]:
    """Return data category → what the newest sweep found of it: `past`, `held`, `removed`, and the `time`."""
    ruled = [category.name for category in data_categories() if category.past_rule is not None]
    measured = Entry.objects.filter(event=RETENTION_MEASURED.name).order_by("-id")[: 2 * len(ruled)]
    found: dict[str, dict[str, Any]] = {}
    for entry in measured:
        payload = orjson.loads(bytes(entry.leaf))["payload"]
        found.setdefault(payload["category"], {**payload, "time": entry.time})
    return found
