"""The base of every options class.

One frozen class per stage is at once its flags, JSON schema, web form, TOML section,
documentation and the record of what a run was asked to do.
"""

from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from townscape.core.errors import UsageError


class Options(BaseModel):
    """Immutable, closed (unknown fields are refused), documented field by field.

    Subclasses set `stage`, the name under which runs of these options are recorded.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    stage: ClassVar[str] = ""

    @classmethod
    def parse(cls, values: dict[str, Any]) -> Self:
        """Options from plain values; raises `UsageError` naming each wrong field."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise UsageError(describe_validation(error), hint="see --help for the options.") from error


def describe_validation(error: ValidationError) -> str:
    """One sentence per wrong field, without library jargon."""
    lines: list[str] = []
    for problem in error.errors():
        where = ".".join(str(part) for part in problem["loc"]) or "options"
        given = problem.get("input")
        message = problem["msg"].removeprefix("Value error, ")
        lines.append(f"{where.replace('_', '-')}: {message[:1].lower()}{message[1:]} (got {given!r})")
    return "; ".join(lines)
