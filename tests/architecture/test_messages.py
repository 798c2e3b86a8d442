"""Every text of the product has its Arabic translation, with the same placeholders."""

import ast
import re
from string import Formatter

import polib
from django.core.management import get_commands, load_command_class
from django.template.base import Lexer, TokenType
from django.utils.translation import gettext as translate, override, trim_whitespace

from audit.log import event_types
from rights.deadlines.explanations import EXPLANATIONS
from tests.architecture.test_rules import ROOT, tracked, trees

CATALOGUE = ROOT / "locale" / "ar" / "LC_MESSAGES" / "django.po"
ENTRIES = polib.pofile(CATALOGUE)
KNOWN = {entry.msgid for entry in ENTRIES}
#: what marks a text in Python; the second of these takes a singular and a plural
MARKS = {"_", "_lazy", "gettext", "gettext_lazy", "gettext_noop"}
PAIRS = {"ngettext", "ngettext_lazy", "ngettext_noop"}
IN_CONTEXT = {"pgettext", "pgettext_lazy"}
#: the names by which numbers are counted
COUNTS = {"count", "counter", "shown", "days", "reads"}
_PERCENT = re.compile(r"%\((\w+)\)[sd]")
_ARABIC = re.compile(r"[\u0600-\u06ff]")


def placeholders(text):
    """Return the names that are filled in, of either kind of format, and the tags."""
    braces = set() if "%(" in text else {name for _, name, _, _ in Formatter().parse(text) if name}
    return set(_PERCENT.findall(text)) | braces | set(re.findall(r"</?\w+", text))


def marked_in_python(tree):
    names = MARKS | PAIRS | IN_CONTEXT
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        where = 1 if node.func.id in IN_CONTEXT else 0
        if node.func.id in names and len(node.args) > where and isinstance(node.args[where], ast.Constant):
            yield node.args[where].value


def marked_in_template(path):
    block, trimmed = None, False
    for token in Lexer(path.read_text()).tokenize():
        if block is not None:
            if token.token_type == TokenType.BLOCK and token.contents.split()[0] in {"plural", "endblocktranslate"}:
                text = "".join(block)
                yield trim_whitespace(text) if trimmed else text
                block = None
            elif token.token_type == TokenType.VAR:
                block.append("%(" + token.contents.split("|")[0] + ")s")
            else:
                block.append(token.contents.replace("%", "%%"))
        elif token.token_type == TokenType.BLOCK:
            if found := re.match(r"translate\s+(\"[^\"]*\"|'[^']*')", token.contents):
                yield found[1][1:-1]
            elif token.contents.split()[0] == "blocktranslate":
                block, trimmed = [], "trimmed" in token.contents.split()


def test_nothing_is_left_untranslated_or_guessed():
    assert [entry.msgid for entry in ENTRIES if not entry.translated() or entry.fuzzy] == []
    assert ENTRIES.obsolete_entries() == []


def test_a_translation_has_the_placeholders_of_its_original():
    for entry in ENTRIES:
        if not entry.msgid_plural:
            assert placeholders(entry.msgstr) == placeholders(entry.msgid), entry.msgid
            continue
        assert sorted(entry.msgstr_plural) == [0, 1, 2, 3, 4, 5], entry.msgid
        wanted = placeholders(entry.msgid_plural)
        for number, text in entry.msgstr_plural.items():
            # None, one and two are words in Arabic: they may do without the figure.
            least = wanted if number > 2 else wanted - COUNTS
            assert least <= placeholders(text) <= wanted, entry.msgid


def test_every_text_of_the_code_is_in_the_catalogue():
    missing = {text for tree in trees().values() for text in marked_in_python(tree) if text and text not in KNOWN}
    assert missing == set(), "run `manage.py makemessages -l ar` and translate"


def test_every_text_of_the_templates_is_in_the_catalogue():
    templates = [path for path in tracked("*.html", "*.txt") if "templates" in path.parts]
    missing = {text for path in templates for text in marked_in_template(path) if text not in KNOWN}
    assert missing == set(), "run `manage.py makemessages -l ar` and translate"


def test_sentences_of_events_and_deadlines_are_in_the_catalogue():
    events = {event_types.get(name).sentence for name in event_types.names() if ".test." not in name}
    deadlines = {text if isinstance(text, str) else text[0] for text in EXPLANATIONS.values()}
    assert (events | deadlines) - KNOWN == set(), "run `manage.py makemessages -l ar` and translate"


def test_the_compiled_catalogue_is_used():
    with override("ar"):
        assert _ARABIC.search(translate("Privacy"))


def test_makemessages_looks_for_the_marks_of_the_registers():
    command = load_command_class(get_commands()["makemessages"], "makemessages")
    assert {"--keyword=declare:2", "--keyword=ngettext_noop:1,2"} <= set(command.xgettext_options)
