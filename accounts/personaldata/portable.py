"""What a person gave us, in forms that machines read (GDPR article 20): JSON Schema, and W3C's metadata of CSV files.

A data category declares its portable fields with the JSON Schema (draft 2020-12) of each; these are the common ones.
"""

from typing import Any

from .categories import DataCategory

Shape = dict[str, Any]

TEXT: Shape = {"type": "string"}
ID: Shape = {"type": "string", "format": "uuid"}
TIME: Shape = {"type": "string", "format": "date-time"}
EMAIL: Shape = {"type": "string", "format": "email"}
FLAG: Shape = {"type": "boolean"}
INTEGER: Shape = {"type": "integer"}
NUMBER: Shape = {"type": "number"}
#: a number to all its places, as text
DECIMAL: Shape = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
TEXTS: Shape = {"type": "array", "items": TEXT}
#: what every record of a stream has
RECORD: dict[str, Shape] = {"id": ID, "occurred_at": TIME}


def optional(shape: Shape) -> Shape:
    """Return the shape of a field that may be null."""
    return {**shape, "type": [shape["type"], "null"]}


def schema_of(category: DataCategory) -> Shape:
    """Return the JSON Schema of a data category's portable records, its words in the active language."""
    fields = {name: {"description": str(category.fields[name]), **shape} for name, shape in category.portable.items()}
    record = {"type": "object", "properties": fields, "required": [*fields], "additionalProperties": False}
    schema = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": schema, "title": str(category.title), "type": "array", "items": record}


def csv_metadata_of(category: DataCategory) -> Shape:
    """Return the W3C metadata (Tabular Data Model, 2015) of the CSV file, which lies beside it."""
    columns = [
        {"name": name, "titles": name, "dc:description": str(category.fields[name]), "datatype": _datatype(shape)}
        for name, shape in category.portable.items()
    ]
    return {
        "@context": "http://www.w3.org/ns/csvw",
        "url": f"{category.name}.csv",
        "dc:title": str(category.title),
        "tableSchema": {"columns": columns},
    }


def _datatype(shape: Shape) -> str:
    kind = shape["type"][0] if isinstance(shape["type"], list) else shape["type"]
    if shape.get("format") == "date-time":
        return "dateTime"
    return "json" if kind in {"array", "object"} else str(kind)
