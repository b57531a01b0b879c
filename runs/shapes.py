"""What an agent declares about its input and output, as the pages read it.

The database keeps JSON without the order of its keys; the declaration still has it,
and with it the names for people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel


@dataclass(frozen=True)
class Shape:
    """A JSON schema without its references: those have been followed.

    ``X | None`` is the shape of ``X`` with ``is_nullable``.
    """

    schema: Mapping[str, Any]
    definitions: Mapping[str, Any]
    is_nullable: bool = False

    @classmethod
    def read(cls, schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Shape:
        """Follow the references and unions at the top of ``schema``."""
        own = dict(schema)
        is_nullable = False
        while True:
            if "$ref" in own:
                inner = definitions[own.pop("$ref").rpartition("/")[2]]
            elif len(own.get("allOf", ())) == 1:
                inner = own.pop("allOf")[0]
            elif len(kinds := [kind for kind in own.get("anyOf", ()) if kind.get("type") != "null"]) == 1:
                is_nullable = is_nullable or len(own["anyOf"]) > 1
                del own["anyOf"]
                inner = kinds[0]
            else:
                return cls(own, definitions, is_nullable)
            own = {**inner, **own}

    @property
    def type(self) -> str:
        """JSON's name for what is expected; empty where several kinds are."""
        found = self.schema.get("type", "")
        return found if isinstance(found, str) else ""

    @property
    def choices(self) -> list[Any]:
        """The only values there are, where they are few and named."""
        if "const" in self.schema:
            return [self.schema["const"]]
        return list(self.schema.get("enum", ()))

    @property
    def fields(self) -> dict[str, Shape]:
        """An object's fields, in the order of their declaration."""
        properties = self.schema.get("properties", {})
        return {name: Shape.read(schema, self.definitions) for name, schema in properties.items()}

    @property
    def items(self) -> Shape:
        """What a list is a list of."""
        items = self.schema.get("items", {})
        return Shape.read(items if isinstance(items, Mapping) else {}, self.definitions)


NO_SHAPE = Shape({}, {})


def shape_of(model: type[BaseModel]) -> Shape:
    """The shape of a pydantic model."""
    return _read(model)


@cache
def _read(model: type[BaseModel]) -> Shape:
    """Once for each model: making its schema takes longer than most that is done with it."""
    schema = model.model_json_schema()
    return Shape.read(schema, schema.get("$defs", {}))


def label_of(name: str, shape: Shape = NO_SHAPE) -> str:
    """A field's name for people: its declared title, else its own name in words."""
    words = name.replace("_", " ").strip()
    title = str(shape.schema.get("title", ""))
    # Where nobody gave a title, pydantic makes one of the name, With Capitals.
    is_own_title = title and title.casefold() != words.casefold() and "properties" not in shape.schema
    return title if is_own_title else words[:1].upper() + words[1:]


def in_declared_order(value: Any, shape: Shape) -> Any:
    """``value`` with the keys of its objects in the order of their declaration, others after them."""
    match value:
        case dict():
            fields = shape.fields
            names = [*(name for name in fields if name in value), *(name for name in value if name not in fields)]
            return {name: in_declared_order(value[name], fields.get(name, NO_SHAPE)) for name in names}
        case list():
            return [in_declared_order(item, shape.items) for item in value]
        case _:
            return value
