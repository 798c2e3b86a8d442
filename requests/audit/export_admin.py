"""The log's other windows on the staff site: exports, scheduled ones, reader tokens."""

from django.contrib import admin

from .export_pages import ExportWindow
from .models import Export, ExportSchedule, ReaderToken
from .schedule_pages import ScheduleWindow
from .token_pages import TokenWindow


def register(site: admin.AdminSite) -> None:
    """Put the windows on the staff site; who may look is asked through the port."""
    site.register(Export, ExportWindow)
    site.register(ExportSchedule, ScheduleWindow)
    site.register(ReaderToken, TokenWindow)
