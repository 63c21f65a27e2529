"""The base of what routes take and give: documented field by field, in the schema too."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """Immutable; the text behind a field becomes its description."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)
