"""Database objects of the terms app."""

from audit.log.schema_sql import keep_ended
from core.db_objects import Function, Trigger

#: a processor that was ended comes back by a new entry of the register
PROCESSORS = keep_ended("terms_processor")
#: what is published stays as it is, and nobody publishes what they wrote
POLICY = [
    Function(__file__, "terms_keep_policy"),
    Trigger("terms_keep_policy", "terms_policyversion", "BEFORE INSERT OR UPDATE OR DELETE", "terms_keep_policy"),
]
OBJECTS = [*PROCESSORS, *POLICY]
