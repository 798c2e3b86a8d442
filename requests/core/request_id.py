"""The id of the current request, which every log entry records."""

from contextvars import ContextVar

#: set by the web middleware and by tasks
request_id: ContextVar[str] = ContextVar("office_request_id", default="")
