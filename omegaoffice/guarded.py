"""What is compared with the catalogue at start, by `check` and by `audit_verify`: every room's guards, every role."""

from accounts.connections import schema as connections
from accounts.identity import endings_sql, password_sql, roles_sql, sessions_sql
from accounts.inbox import schema as inbox
from accounts.workloads import schema as workloads
from audit.guards import VAULT, watch, watch_rights
from humanaccess import decisions_sql, gate_sql
from rights import schema as rights
from vault import schema as vault

from . import roles

for text in (
    sessions_sql.POLICIES,
    sessions_sql.FUNCTIONS,
    sessions_sql.BY_DAY,
    password_sql.FUNCTION,
    endings_sql.TRIGGERS,
    roles_sql.KEEP_ROLE,
    roles_sql.KEEP_ADDRESS,
    roles_sql.MAY_DECIDE_FOR,
    roles_sql.OFF_STAFF,
    inbox.POLICIES,
    workloads.create(),
    workloads.ENDINGS,
    workloads.SHOWN,
    workloads.CONFLICTS,
    connections.create(),
    connections.SHOWN,
    connections.CONFLICTS,
    rights.create_policies(),
    rights.create_endings(),
    gate_sql.OPEN_ITEM,
    decisions_sql.create(),
    gate_sql.OPEN_GRANT,
    gate_sql.END_GRANT,
    gate_sql.KEEP_ASK,
    gate_sql.KEEP_REST,
    gate_sql.create_own_policies(),
    gate_sql.create_staff_doors(),
):
    watch(text)
watch(vault.GUARD, VAULT)
watch_rights(roles.declared_rights(roles.TABLES), roles.declared_calls(roles.FUNCTIONS))
watch_rights(roles.declared_rights(roles.VAULT_TABLES), (), VAULT)
