"""`townscape models`."""

from townscape.cli.common import Common, CommonFlags, opened


def models(model: str | None = None, /, *, common: CommonFlags = Common()) -> int:
    """List models, or show one model's card.

    Parameters
    ----------
    model
        Name or id of the model to show.
    """
    from townscape.cli.console import print_json, print_table, say, score
    from townscape.models.card import ModelCard

    with opened(common) as workspace:
        if model is not None:
            found = workspace.models.get(model)
            card = ModelCard.model_validate(found.card)
            if common.json:
                print_json(
                    {"id": found.id, "folder": str(workspace.folder.model(found.id)), "card": found.card}
                )
            else:
                say(card.to_markdown())
                say(f"Files: {workspace.folder.model(found.id)}")
            return 0
        listed = workspace.models.find()
        scored = {m.id: workspace.evaluations.find(model_id=m.id) for m in listed}
    if common.json:
        print_json({"models": [{"id": m.id, "name": m.name} for m in listed]})
        return 0
    if not listed:
        say("There is no model yet.")
        return 0
    rows = [
        [
            m.name,
            m.card["architecture"],
            m.card["taxonomy"]["name"],
            score(scored[m.id][-1].scores["mean_iou"]) if scored[m.id] else "",
            scored[m.id][-1].part if scored[m.id] else "not evaluated",
        ]
        for m in listed
    ]
    print_table(["model", "architecture", "taxonomy", "mean IoU", "on"], rows, right=(3,))
    return 0
