"""What stands in the menu beside a settings page."""

import re


def count_beside(page, address):
    """Return the count beside the item with this address, None where there is none."""
    item = re.search(rf"<li><a href=\"{re.escape(address)}\".*?</li>", page.content.decode(), re.DOTALL)[0]
    found = re.search(r'class="count">(\d+)<', item)
    return found and found[1]
