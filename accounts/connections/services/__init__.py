"""Services of the connections."""

from .show_automations import DecryptedAutomation as DecryptedAutomation
from .show_automations import show_automations as show_automations
