"""The API's JSON parser."""

import re
from typing import Any

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

#: NUL in JSON: its escape behind an even number of backslashes
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class StrictJSONParser(JSONParser):
    """Accepts only JSON that the database can store: no NUL, no half of a surrogate pair, no endless nesting."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:  # noqa: ARG002  DRF's signature
        raw = stream.read()
        try:
            found = orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise ParseError("The body is not JSON in UTF-8.") from None
        if _NUL.search(raw):
            raise ParseError("A text must not hold a NUL character.")
        return found
