"""The menu of the staff console: its sections, an icon for each page, and how much waits there."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

#: section → model, icon, name of the list of what waits there
_SECTIONS: Iterable[tuple[Any, Iterable[tuple[str, str, str]]]] = (
    (
        _("Cases"),
        (
            ("rights.rightsrequest", "shield", "rights"),
            ("humanaccess.approvalrequest", "eye", "approvals"),
            ("humanaccess.legalprocess", "globe", "legal"),
            ("rights.legalhold", "lock", ""),
        ),
    ),
    (
        _("People"),
        (
            ("identity.user", "user", ""),
            ("workloads.workloadsdailytotal", "dash", ""),
            ("connections.connectionsdailytotal", "plug", ""),
            ("identity.roleassignment", "people", "staff"),
        ),
    ),
    (
        _("Policy"),
        (
            ("terms.policyversion", "shield", "terms.versions"),
            ("terms.announcement", "letter", "terms.announcements"),
            ("terms.processor", "globe", "terms.reviews"),
            ("terms.processingrecord", "doc", ""),
            ("terms.retentionreport", "trash", ""),
            ("terms.transferregister", "out", ""),
        ),
    ),
    (
        _("The log"),
        (
            ("audit.entry", "list", "log"),
            ("audit.export", "download", "exports"),
            ("audit.exportschedule", "clock", ""),
            ("audit.readertoken", "key", ""),
        ),
    ),
    (
        _("The platform's data"),
        (
            ("humanaccess.aggregate", "dash", ""),
            ("workloads.ingest", "inbox", ""),
            ("workloads.setasideline", "warn", ""),
            ("workloads.servicetoken", "lock", ""),
        ),
    ),
)


def menu(apps: Iterable[Mapping[str, Any]], counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the sections with the pages among `apps` (as the admin site lists them); a page without a section is in
    the last one."""
    pages = {
        f"{app['app_label']}.{found['object_name'].lower()}": found
        for app in apps
        for found in app["models"]
        if found["admin_url"]
    }
    sections = []
    for title, entries in _SECTIONS:
        links = [
            {"label": page["name"], "url": page["admin_url"], "icon": icon, "count": counts.get(waiting, 0)}
            for name, icon, waiting in entries
            if (page := pages.pop(name, None))
        ]
        sections.append({"title": title, "links": links})
    sections[-1]["links"] += [
        {"label": page["name"], "url": page["admin_url"], "icon": "doc", "count": 0} for page in pages.values()
    ]
    return [section for section in sections if section["links"]]
