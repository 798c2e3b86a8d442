"""Services of the connections."""

from .consent import request_consent as request_consent, take_consent as take_consent
from .github_grants import (
    keep_github_token as keep_github_token,
    wipe_github_grants as wipe_github_grants,
)
from .revoke import revoke as revoke, sweep_revocations as sweep_revocations
from .show_automations import count_needed as count_needed, show_automations as show_automations
from .show_connections import show_connections as show_connections
from .wipe import wipe_grant as wipe_grant
