"""Read the register of processors, and which data categories name whom."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from accounts.personaldata.categories import DataCategory, data_categories

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
