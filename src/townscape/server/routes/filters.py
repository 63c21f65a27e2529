"""The filter of image lists, as query parameters."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import Query
from pydantic import ConfigDict, Field

from townscape.server.context import Context
from townscape.server.record import Record
from townscape.workspace.browsing import ImageFilter, LabelState


class FilterQuery(Record):
    """Which images: every parameter narrows the list."""

    model_config = ConfigDict(frozen=True)

    taxonomy: str | None = None
    text: str = Field(default="", max_length=200)
    kind: Literal["photo", "raster"] | None = None
    state: Sequence[LabelState] = ()
    class_number: Sequence[int] = ()
    selection: str | None = None
    dataset: str | None = None
    part: Literal["train", "tune", "val", "test"] | None = None
    sequence: str | None = None
    model: str | None = None
    below_share: float | None = Field(default=None, ge=0, le=1)

    def narrowed(self, context: Context) -> ImageFilter:
        """The filter; a class stands for everything that was merged into it too."""
        name = self.taxonomy or context.workspace.settings.taxonomy
        taxonomy = context.workspace.taxonomies.adopt(name)
        wanted = set(self.class_number)
        numbers = tuple(n for n, target in taxonomy.resolved.items() if target in wanted)
        return ImageFilter(
            taxonomy=name,
            text=self.text,
            kind=self.kind,
            states=tuple(self.state),
            class_numbers=numbers,
            selection=self.selection,
            dataset=self.dataset,
            part=self.part,
            sequence=self.sequence,
            model=self.model,
            below_share=self.below_share,
        )


Filtered = Annotated[FilterQuery, Query()]


class PageQuery(FilterQuery):
    """One page of a filtered list."""

    offset: int = Field(default=0, ge=0)
    limit: int = Field(default=100, ge=1, le=500)


class NextQuery(FilterQuery):
    """The next of a filtered list."""

    after: str | None = None
