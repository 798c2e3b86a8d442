"""Services of the connections."""

from .check_grant import check_grant as check_grant, sweep_checks as sweep_checks, sweep_unneeded as sweep_unneeded
from .consent import request_consent as request_consent, take_consent as take_consent
from .ended_automations import erase_automation as erase_automation, sweep_ended as sweep_ended
from .forget_tokens import ForgetTokens as ForgetTokens
from .github_grants import (
    keep_github_token as keep_github_token,
    wipe_github_grants as wipe_github_grants,
)
from .lend_token import lend_token as lend_token
from .revoke import revoke as revoke, sweep_revocations as sweep_revocations
from .security_event import receive_event as receive_event, settle_event as settle_event, sweep_events as sweep_events
from .show_automations import (
    numbered as numbered,
    show_automation as show_automation,
    show_automations as show_automations,
)
from .show_connections import show_connections as show_connections
from .wipe import wipe_grant as wipe_grant
from .withhold import give_back as give_back, withhold as withhold
