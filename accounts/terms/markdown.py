"""Markdown of the policy as safe HTML: headings, paragraphs, lists, emphasis, links; nothing that runs or loads.

markdown-it escapes HTML of the author's own; nh3 then lets nothing pass but these tags.
"""

import difflib
import re
from collections.abc import Iterator
from itertools import pairwise

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable("image")
_TAGS = {"h1", "h2", "h3", "h4", "p", "ul", "ol", "li", "em", "strong", "a", "blockquote", "code", "hr", "br"}
_SCHEMES = {"https", "mailto"}
_BLANK = re.compile(r"\n[ \t]*\n")


def render(text: str) -> SafeString:
    """Return the text as HTML."""
    html = nh3.clean(
        _MARKDOWN.render(text), tags=_TAGS, attributes={"a": {"href"}}, url_schemes=_SCHEMES, link_rel="noreferrer"
    )
    return mark_safe(html)  # noqa: S308  nh3 has cleaned it


def differences(older: str, newer: str) -> Iterator[tuple[str, SafeString]]:
    """Yield ("removed" or "added", HTML) for the paragraphs by which two texts differ, in the order of the newer."""
    before, after = paragraphs(older), paragraphs(newer)
    for kind, start, end, new_start, new_end in difflib.SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        if kind == "equal":
            continue
        yield from (("removed", render(text)) for text in before[start:end])
        yield from (("added", render(text)) for text in after[new_start:new_end])


def headings(text: str) -> list[str]:
    """Return the titles of the sections."""
    tokens = _MARKDOWN.parse(text)
    return [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs, as Markdown."""
    return [part.strip() for part in _BLANK.split(text.replace("\r\n", "\n")) if part.strip()]
