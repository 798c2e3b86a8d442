"""The request that an entry belongs to, carried beside the call."""

from contextvars import ContextVar

#: set by the web middleware and by tasks; stands in every leaf
request_id: ContextVar[str] = ContextVar("office_request_id", default="")
