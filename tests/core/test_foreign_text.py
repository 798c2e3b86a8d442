"""What somebody wrote is shown with what would hide or turn it around."""

import pytest
from django.template import Context, Template

from core.foreign_text import visible

TURNING = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C]


@pytest.mark.parametrize("code", TURNING, ids=hex)
def test_what_turns_text_around_is_marked(code):
    assert visible(f"a{chr(code)}exe.txt") == f"a[U+{code:04X}]exe.txt"


@pytest.mark.parametrize(
    "text", ["two\nlines\r\nand a\ttab", "نصّ عربي", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "👩\u200d💻"]
)
def test_text_of_any_language_stays_as_it_is(text):
    assert visible(text) == text


def test_what_is_not_seen_is_marked():
    assert visible("a\x00\u200b\ufeff\ud800b") == "a[U+0000][U+200B][U+FEFF][U+D800]b"


def test_every_template_has_it_and_it_escapes_as_before():
    given = {"text": "<b>\u202eexe.txt</b>"}
    assert Template("{{ text|visible }}").render(Context(given)) == "&lt;b&gt;[U+202E]exe.txt&lt;/b&gt;"
    assert Template("{{ text|visible|linebreaksbr }}").render(Context({"text": "a\n\u202eb<"})) == "a<br>[U+202E]b&lt;"
