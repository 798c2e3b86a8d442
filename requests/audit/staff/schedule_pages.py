"""Scheduled exports on the admin site: the list with the last result, a new one, the end of one."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from audit.exports.models import ExportSchedule
from audit.exports.schedules import end_schedule, make_schedule
from core.actions import Action, confirm_page

from .export_forms import ScheduleForm
from .export_presenters import schedule_rows
from .log_admin import LogRightAdmin


class ScheduleAdmin(LogRightAdmin):
    """Whoever may export may have it done by the calendar; nothing personal is decrypted for it."""

    right = "export"

    def get_urls(self) -> list[URLPattern]:
        return [
            path("", self.protect(self.list), name="audit_exportschedule_changelist"),
            path("new/", self.protect(self.new, step_up=True), name="audit_exportschedule_new"),
            path("<uuid:schedule_id>/end/", self.protect(self.end, step_up=True), name="audit_exportschedule_end"),
        ]

    def list(self, request: HttpRequest) -> HttpResponseBase:
        """Show scheduled exports: those that run, then those that were ended."""
        context = {"title": _("Scheduled exports"), "rows": schedule_rows()}
        return self.page(request, "audit/schedules.html", context)

    def new(self, request: HttpRequest) -> HttpResponseBase:
        """Schedule an export."""
        action = Action(
            _("New scheduled export"),
            "",
            _("The export is scheduled."),
            make_schedule,
            ScheduleForm,
            button=_("Schedule it"),
        )
        return self._confirm(request, action)

    def end(self, request: HttpRequest, schedule_id: UUID) -> HttpResponseBase:
        """Ask first, then switch it off."""
        schedule = get_object_or_404(ExportSchedule, pk=schedule_id)
        action = Action(
            _("End a scheduled export"),
            _("No further export is asked for. What is stored already stays where it is."),
            _("The scheduled export “%(name)s” was ended.") % {"name": schedule.name},
            end_schedule,
            button=_("End it"),
            danger=True,
        )
        return self._confirm(request, action, schedule_id, heading=schedule.name)

    def _confirm(self, request: HttpRequest, action: Action, *target: UUID, heading: str = "") -> HttpResponseBase:
        crumbs = [(reverse("admin:audit_exportschedule_changelist"), _("Scheduled exports"))]
        return confirm_page(self, request, action, *target, crumbs=crumbs, heading=heading)
