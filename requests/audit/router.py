"""Sends each query to the side that is acting, and the vault's to the vault."""

from typing import Any

from django.db.models import Model

from . import sides


class SideRouter:
    """Django's database router of the house."""

    def db_for_read(self, model: type[Model], **_hints: Any) -> str:
        return "vault" if model._meta.app_label == "vault" else sides.current()

    db_for_write = db_for_read

    def allow_relation(self, *_objects: Model, **_hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        return db == ("vault_owner" if app_label == "vault" else "owner")
