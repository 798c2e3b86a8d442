"""Present exports: their list, the filter of one in words, its progress, and how to check its archive."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import Http404
from django.utils import formats, timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from audit.exports.models import Export, ExportSchedule
from audit.exports.states import OVER, RUNNABLE, ExportAct, ExportState, after
from audit.search.entries import OUTCOMES, event_title
from audit.search.filters import Filter
from audit.staff_access import staff_access
from audit.tree.proof_download import key_options
from core.pagination import keyset_page

PAGE_SIZE = 50
TONES = {
    ExportState.ASKED: "info",
    ExportState.RUNNING: "info",
    ExportState.PAUSED: "warning",
    ExportState.FINISHED: "success",
    ExportState.FAILED: "danger",
    ExportState.CANCELLED: "",
    ExportState.EXPIRED: "",
}
#: field of a filter → how its value is shown, where that is not as it is written
_VALUES = {"outcome": lambda value: str(OUTCOMES.get(value, value)), "event": event_title}


def list_exports(older: str) -> tuple[list[dict[str, Any]], str]:
    """Return a page of exports, the newest first, and the address of the next page.

    `older` is the cursor of that address; raises Http404 for a damaged one.
    """
    try:
        page = keyset_page(Export.objects.all(), ("-asked_at", "-id"), PAGE_SIZE, older)
    except ValueError:
        raise Http404 from None
    names = staff_access().staff_names({_reference(export) for export in page.rows})
    return [_row(export, names) for export in page.rows], f"?{urlencode({'older': page.older})}" if page.older else ""


def _row(export: Export, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "export": export,
        "tone": TONES[ExportState(export.state)],
        "facts": facts_of(export.wanted),
        "asked_by": names.get(_reference(export)) or export.asked_by,
        "entries": _entries(export),
    }


def facts_of(wanted: Filter) -> list[tuple[str, str]]:
    """Return a filter as labels and values; empty for the whole log."""
    labels = {
        "after": _("From"),
        "before": _("Before"),
        "actor": _("Actor"),
        "event": _("Event"),
        "subject": _("Subject reference"),
        "outcome": _("Outcome"),
        "case": _("Case"),
    }
    found = []
    for name, label in labels.items():
        value = getattr(wanted, name)
        if isinstance(value, datetime):
            found.append((label, formats.date_format(timezone.localtime(value), "DATETIME_FORMAT")))
        elif value:
            found.append((label, _VALUES.get(name, str)(value)))
    return found


def progress_of(export: Export, now: datetime) -> dict[str, Any]:
    """Return the context of an export's page, and of the part of it that is polled."""
    state = ExportState(export.state)
    return {
        **_row(export, staff_access().staff_names({_reference(export)})),
        "is_polled": state in RUNNABLE,
        "offered": export.is_offered(now),
        "progress": _progress(export, state),
        "may": {act.value: after(state, act) is not None for act in ExportAct},
        "commands": _commands(export),
    }


def offered_filter(query: Mapping[str, str]) -> dict[str, str]:
    """Return the initial values that a link to the form carries, such as the one on the log's page."""
    names = ("after", "before", "actor", "event", "subject", "outcome", "case")
    return {name: query[name] for name in names if query.get(name)}


def _progress(export: Export, state: ExportState) -> dict[str, Any]:
    label = {
        ExportState.ASKED: _("Waiting for a worker"),
        ExportState.RUNNING: _("Writing entries") if not _is_packing(export) else _("Putting the archive together"),
        ExportState.PAUSED: _("Paused"),
        ExportState.FAILED: _("Stopped"),
    }.get(state, _("All entries are written"))
    return {
        "value": export.done if export.expected else None,
        "max": export.expected,
        "label": label,
        "tone": {ExportState.FAILED: "danger", ExportState.FINISHED: "success", ExportState.PAUSED: "warning"}.get(
            state, ""
        ),
        "shown": state not in OVER and not (state == ExportState.FINISHED and not export.expected),
    }


def _is_packing(export: Export) -> bool:
    return bool(export.expected) and export.done >= (export.expected or 0)


def _entries(export: Export) -> str:
    """Return the number of entries: counted once it ran, else the estimate."""
    if export.expected is not None:
        return formats.number_format(export.expected, use_l10n=True, force_grouping=True)
    number = formats.number_format(export.estimated_entries, use_l10n=True, force_grouping=True)
    return number if export.estimate_is_exact else _("about %(number)s") % {"number": number}


def _reference(export: Export) -> str:
    return export.asked_by.partition(":")[2]


def _commands(export: Export) -> str:
    """Return the shell commands that check the archive's digest, then everything in it."""
    unpack = "tar --zstd -xf" if export.compress == "zstd" else "tar -xzf"
    return "\n".join(
        (
            f"echo '{export.archive_sha256}  {export.file_name}' | sha256sum -c",
            f"{unpack} {export.file_name}",
            f"python3 audit-{export.pk}/verify.py {key_options()}",
        )
    )


def schedule_rows() -> list[dict[str, Any]]:
    """Return every scheduled export with its filter and the result of the last one: active ones first, then newest."""
    found = ExportSchedule.objects.select_related("last").order_by("-made_at", "-id")
    return [_schedule_row(schedule) for schedule in sorted(found, key=lambda schedule: schedule.ended_at is not None)]


def _schedule_row(schedule: ExportSchedule) -> dict[str, Any]:
    last = schedule.last
    if last is None:
        result, tone = _("none yet"), ""
    elif schedule.delivered:
        result, tone = _("stored"), "success"
    elif schedule.fault:
        result, tone = _("the storage refused: %(fault)s") % {"fault": schedule.fault}, "danger"
    else:
        result, tone = str(last.get_state_display()), TONES[ExportState(last.state)]
    return {"schedule": schedule, "facts": facts_of(Filter.parse(schedule.filter)), "result": result, "tone": tone}
