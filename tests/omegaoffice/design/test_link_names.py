"""A link's accessible name begins with the word that is seen: who speaks to the machine says what they see (2.5.3)."""

import re
from pathlib import Path

import pytest
from django.utils.translation import gettext, override

ROOT = Path(__file__).parents[3]
NAMED = re.compile(
    r'<(?:a|button)\b[^>]*aria-label="\{% blocktranslate [^%]*%\}(.*?)\{% endblocktranslate %\}"[^>]*>'
    r'\{% translate "([^"]*)" %\}<'
)


def named_links():
    templates = [path for part in ("omegaoffice", "accounts", "requests") for path in (ROOT / part).rglob("*.html")]
    return {found for path in templates for found in NAMED.findall(path.read_text())}


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_name_of_a_link_begins_with_its_visible_word(language):
    links = named_links()
    assert any(seen == "Receipt" for _, seen in links)
    with override(language):
        names = {(gettext(re.sub(r"\{\{ (\w+) \}\}", r"%(\1)s", name)), gettext(seen)) for name, seen in links}
    assert [pair for pair in names if not pair[0].startswith(pair[1])] == []
