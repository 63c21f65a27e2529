"""What the report tells of: for each taxonomy, the newest model's newest insights."""

from collections.abc import Sequence
from dataclasses import dataclass

from townscape.core.taxonomy import Taxonomy
from townscape.models.card import ModelCard
from townscape.workspace import Workspace
from townscape.workspace.records import Indicator, Model


@dataclass(frozen=True, slots=True)
class Reading:
    """One model and what it found; a workspace may hold one for the ground and one for streets."""

    model: Model
    card: ModelCard
    indicators: Sequence[Indicator]

    @property
    def taxonomy(self) -> Taxonomy:
        """The classes that the model tells apart."""
        return self.card.taxonomy


def find_readings(workspace: Workspace) -> list[Reading]:
    """One reading per taxonomy, those with zones first."""
    by_taxonomy: dict[str, Reading] = {}
    for indicators in workspace.insights.newest_by_model():
        model = workspace.models.get(indicators[0].model_id)
        card = ModelCard.model_validate(model.card)
        by_taxonomy.setdefault(card.taxonomy.name, Reading(model, card, indicators))
    return sorted(by_taxonomy.values(), key=lambda r: not any(i.subject_kind == "zone" for i in r.indicators))
