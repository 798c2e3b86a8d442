"""Declare every app's database objects and every role's rights: start, `check` and `audit_verify` compare them."""

from accounts.connections import schema_sql as connections
from accounts.identity import schema_sql as identity
from accounts.inbox import schema_sql as inbox
from accounts.terms import schema_sql as terms
from accounts.workloads import schema_sql as workloads
from audit.db_guards import VAULT, declare
from humanaccess import access_gate_sql as humanaccess, aggregates, reviewing_sql
from humanaccess.legal import schema_sql as legal
from rights import schema_sql as rights
from vault import schema_sql as vault

from . import roles

for app in (identity, inbox, workloads, connections, terms, rights, humanaccess, aggregates, reviewing_sql, legal):
    declare(app.OBJECTS)
declare([], roles.declared_rights(roles.TABLES), roles.declared_calls(roles.FUNCTIONS))
declare(vault.OBJECTS, roles.declared_rights(roles.VAULT_TABLES), database=VAULT)
