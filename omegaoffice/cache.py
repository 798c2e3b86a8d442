"""What goes into the shared cache: JSON. Django's own choice, pickle, would run what somebody planted there."""

import json
from typing import Any


class JsonSerializer:
    """Whole numbers stand as they are, so that the server can count them up; the rest is JSON."""

    def dumps(self, value: Any) -> int | bytes:
        """Return `value` as stored; raises TypeError for what is not JSON."""
        return value if type(value) is int else json.dumps(value).encode()

    def loads(self, data: bytes) -> Any:
        """Return the stored value; raises ValueError for what is neither number nor JSON."""
        return json.loads(data)
