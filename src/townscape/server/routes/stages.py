"""The stages and what each can be asked: one form a stage, made of its options class."""

from typing import Any

from fastapi import APIRouter

from townscape.server.asking import FORMS, Form, has_path, is_list
from townscape.server.record import Record

router = APIRouter(prefix="/stages", tags=["stages"])


class FieldOut(Record):
    """One question of a form."""

    name: str
    title: str
    text: str
    """What it means."""
    schema_: dict[str, Any]
    """JSON schema of its value."""
    default: Any
    is_required: bool
    is_path: bool
    """Chosen among folders of this computer: the value is an id of /v1/folders."""
    is_list: bool
    is_advanced: bool


class FormOut(Record):
    """What a stage can be asked."""

    name: str
    """The stage's own name."""
    stage: str
    title: str
    text: str
    fields: list[FieldOut]


@router.get("")
def list_forms() -> list[FormOut]:
    """One form per stage."""
    return [_form(name, form) for name, form in FORMS.items()]


def _form(name: str, form: Form) -> FormOut:
    schema = form.options.model_json_schema()
    shared: dict[str, Any] = schema.get("$defs", {})
    required = set(schema.get("required", ()))
    fields: list[FieldOut] = []
    for field_name, found in schema["properties"].items():
        if field_name in (*form.hidden, *form.names):
            continue
        choices = form.choices(field_name)
        fields.append(
            FieldOut(
                name=field_name,
                title=field_name.replace("_", " ").capitalize(),
                text=found.get("description", ""),
                schema_=_flat(found, shared) | ({"enum": list(choices)} if choices else {}),
                default=found.get("default"),
                is_required=field_name in required,
                is_path=has_path(form.options, field_name),
                is_list=is_list(form.options, field_name),
                is_advanced=field_name not in form.first,
            )
        )
    order = {field: place for place, field in enumerate(form.first)}
    fields.sort(key=lambda field: order.get(field.name, len(order)))
    return FormOut(name=name, stage=form.options.stage, title=form.title, text=form.text, fields=fields)


def _flat(schema: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """The schema of a value that may be absent, without the null beside it."""
    options = [s for s in schema.get("anyOf", ()) if s.get("type") != "null"]
    flat = {**schema, **options[0]} if len(options) == 1 else dict(schema)
    if "$ref" in flat:
        flat |= shared[flat.pop("$ref").rpartition("/")[2]]
    for name in ("anyOf", "description", "title", "default"):
        flat.pop(name, None)
    return flat
