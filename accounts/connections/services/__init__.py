"""Every write of the connections."""

from .show_automations import Shown as Shown
from .show_automations import show_automations as show_automations
