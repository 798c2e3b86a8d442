"""Services of the connections."""

from .consent import request_consent as request_consent, take_consent as take_consent
from .revoke import revoke as revoke, sweep_revocations as sweep_revocations
from .security_event import receive_event as receive_event, settle_event as settle_event, sweep_events as sweep_events
from .show_automations import count_needed as count_needed, show_automations as show_automations
from .show_connections import show_connections as show_connections
from .wipe import wipe_grant as wipe_grant
