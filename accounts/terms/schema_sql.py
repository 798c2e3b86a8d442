"""Database objects of the terms app."""

from audit.log.schema_sql import keep_ended

#: a processor that was ended comes back by a new entry of the register
OBJECTS = keep_ended("terms_processor")
