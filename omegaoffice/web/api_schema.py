"""How the API is described: what OpenAPI says of each operation beyond what its view declares."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.openapi import AutoSchema


class DescribedSchema(AutoSchema):
    """The first line of a view's docstring is the summary, the rest the description; the scope is named."""

    def get_tags(self) -> list[str]:
        """Return the part of the API: what stands behind /api/v1/."""
        return [self.path.split("/")[3]]

    def get_summary(self) -> str:
        """Return the docstring's first line, without its full stop."""
        summary, _blank, _rest = self._docstring().partition("\n\n")
        return " ".join(summary.split()).removesuffix(".")

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular has it
        """Return the rest of the docstring."""
        return self._docstring().partition("\n\n")[2]

    def _docstring(self) -> str:
        return str(super().get_description())

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        """Return the operation, each of its answers described, and its scope as `x-scope`."""
        operation = super().get_operation(*args, **kwargs)
        if operation is not None:
            for status, answer in operation["responses"].items():
                answer["description"] = answer.get("description") or HTTPStatus(int(status)).phrase
            if scope := self._scope():
                operation["x-scope"] = str(scope)
        return operation

    def _scope(self) -> str:
        """Return the scope that a token needs: of the view for this method, or of its permission."""
        found = getattr(self.view, "scope", "")
        if self.method == "POST":
            found = getattr(self.view, "write_scope", None) or found
        return found or next((each.scope for each in self.view.permission_classes if hasattr(each, "scope")), "")
