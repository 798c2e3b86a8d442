"""Scheduled exports on the staff site: the list with the last result, a new one, the end of one."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from . import services
from .errors import ScheduleError
from .export_shown import schedule_rows
from .models import ExportSchedule
from .ports import desk
from .schedule_form import ScheduleForm
from .windows import LogWindow

LIST = "admin:audit_exportschedule_changelist"


class ScheduleWindow(LogWindow):
    """Who may export may have the office do it by the calendar; nothing personal is opened for it."""

    right = "export"

    def get_urls(self) -> list[URLPattern]:
        return [
            path("", self.open(self.list), name="audit_exportschedule_changelist"),
            path("new/", self.open(self.new, step_up=True), name="audit_exportschedule_new"),
            path("<uuid:schedule_id>/end/", self.open(self.end), name="audit_exportschedule_end"),
        ]

    def list(self, request: HttpRequest) -> HttpResponse:
        """Show scheduled exports: those that run, then those that were ended."""
        context = {"title": _("Scheduled exports"), "rows": schedule_rows()}
        return self.page(request, "audit/schedules.html", context)

    def new(self, request: HttpRequest) -> HttpResponse:
        """Schedule an export."""
        form = ScheduleForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                services.make_schedule(**form.asked, actor=desk().actor(request), now=timezone.now())
            except ScheduleError as error:
                form.add_error(error.field if error.field in form.fields else None, error.sentence)
            else:
                messages.success(request, _("The export is scheduled."))
                return redirect(LIST)
        context = {"title": _("New scheduled export"), "form": form}
        return self.page(request, "audit/schedule_new.html", context, 400 if form.errors else 200)

    def end(self, request: HttpRequest, schedule_id: UUID) -> HttpResponse:
        """Ask on a page of its own, then switch it off."""
        schedule = ExportSchedule.objects.filter(pk=schedule_id).first()
        if schedule is None:
            raise Http404
        refusal = ""
        if request.method == "POST":
            try:
                services.end_schedule(schedule_id, actor=desk().actor(request), now=timezone.now())
            except ScheduleError as error:
                refusal = error.sentence
            else:
                messages.success(request, _("The scheduled export “%(name)s” was ended.") % {"name": schedule.name})
                return redirect(LIST)
        context = {
            "crumbs": [(reverse(LIST), _("Scheduled exports"))],
            "title": _("End a scheduled export"),
            "heading": schedule.name,
            "text": _("No further export is asked for. What is stored already stays where it is."),
            "action": _("End it"),
            "danger": True,
            "refusal": refusal,
            "back_url": reverse(LIST),
        }
        return self.page(request, "audit/act.html", context, 409 if refusal else 200)
