"""How the API reads JSON."""

import re
from typing import Any

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

#: NUL as JSON writes it: an escape behind an even number of backslashes
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class StrictJSONParser(JSONParser):
    """JSON whose texts the database can keep: no NUL, no half of a surrogate pair; nothing nested without end."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:  # noqa: ARG002  DRF's signature
        """Return what the body says; raises ParseError."""
        raw = stream.read()
        try:
            found = orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise ParseError("The body is not JSON in UTF-8.") from None
        if _NUL.search(raw):
            raise ParseError("A text must not hold a NUL character.")
        return found
