"""The base of what routes take and give: documented field by field, in the schema too."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """Immutable; the text behind a field becomes its description."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    @classmethod
    def of(cls, source: object, **more: Any) -> Self:
        """The record with what `source` holds under the same names; `more` is what it does not."""
        shared = {name: getattr(source, name) for name in cls.model_fields if name not in more}
        return cls(**shared, **more)
