"""Which rooms' row-level security is compared with the catalogue at start and by `audit_verify`."""

from accounts.connections import schema as connections
from accounts.identity import sessions_sql
from accounts.inbox import schema as inbox
from accounts.workloads import schema as workloads
from audit.guards import watch
from humanaccess import gate_sql
from rights import schema as rights

for text in (
    sessions_sql.POLICIES,
    inbox.POLICIES,
    workloads.create(),
    connections.create(),
    rights.create_policies(),
    gate_sql.create_own_policies(),
    gate_sql.create_staff_doors(),
):
    watch(text)
