"""The card of an exported dataset: for people (`data_card.md`) and for machines (`townscape.json`).

Nothing in it depends on when or where the export ran, so that two exports of the same revisions are
the same, byte for byte.
"""

import csv
import io
from pathlib import Path
from typing import Any

from townscape.core.taxonomy import Taxonomy
from townscape.exchange.choosing import Chosen
from townscape.exchange.opening import CARD
from townscape.exchange.planning import ClassPlan
from townscape.exchange.privacy_notes import PrivacyNotes
from townscape.formats.files import Out, json_text
from townscape.formats.format import Plan
from townscape.formats.kinds import get_format

PROVENANCE = "provenance.csv"
PAGE = "data_card.md"


class ProvenanceTable:
    """Which pixels each picture of the export holds: one line per picture."""

    def __init__(self, out: Out) -> None:
        self._out = out
        self._line(
            [
                "picture",
                "part",
                "image",
                "image_sha256",
                "x",
                "y",
                "width",
                "height",
                "annotation",
                "revision",
            ]
        )

    def add(self, chosen: Chosen) -> None:
        """Add a picture."""
        w, image = chosen.window, chosen.image
        self._line(
            [
                chosen.name, chosen.part, image.name, image.content_sha256 or "", w.x, w.y, w.width, w.height,
                chosen.annotation_id, chosen.revision,
            ]
        )  # fmt: skip

    def _line(self, values: list[Any]) -> None:
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerow(values)
        self._out.append(PROVENANCE, buffer.getvalue())


def write_card(
    root: Path,
    taxonomy: Taxonomy,
    plan: Plan,
    classes: ClassPlan,
    result: dict[str, Any],
    workspace: str,
    privacy: PrivacyNotes,
) -> None:
    """Write both cards."""
    planned = classes.scheme
    values = [
        {"value": value, "class": c.means or key, "name": c.name}
        for value, c, key in zip(planned.values, plan.classes, classes.keys, strict=True)
    ]
    for what in ("unlabelled", "ignore"):
        value = getattr(planned, what)
        if value:
            values.append({"value": value, "class": what, "name": what})
    measured = {
        k: result[k] for k in ("pictures", "parts", "classes", "objects", "same_objects", "agreement")
    }
    card = {
        "name": plan.name,
        "workspace": workspace,
        "format": result["format"],
        "variant": plan.variant,
        "licence": plan.licence,
        "classes": values,
        "answers": dict(classes.answers),
        "losses": result["losses"],
        "privacy": privacy.to_json(),
        "read_back": measured,
        "taxonomy": taxonomy.model_dump(mode="json"),
    }
    (root / CARD).write_text(json_text(card), "utf-8")
    (root / PAGE).write_text(_page(taxonomy, plan, classes, result, workspace, privacy), "utf-8")


def _page(
    taxonomy: Taxonomy,
    plan: Plan,
    classes: ClassPlan,
    result: dict[str, Any],
    workspace: str,
    privacy: PrivacyNotes,
) -> str:
    kind = get_format(result["format"])
    total = max(1, sum(c["pixels"] for c in result["classes"]))
    parts = ", ".join(f"{n} {part}" for part, n in result["parts"].items())
    origin = (
        f"Exported from the Townscape workspace “{workspace}”, taxonomy {taxonomy.name} version "
        f"{taxonomy.version}, as {kind.TITLE} ({plan.variant})."
    )
    lines = [
        f"# {plan.name}",
        "",
        origin,
        "",
        f"- Pictures: {result['pictures']} ({parts})",
        f"- Licence: {plan.licence or 'not stated'}",
        f"- Where every picture comes from (image, window, revision): `{PROVENANCE}`",
        f"- Format: <{kind.SPEC}>",
        "",
        "## Classes",
        "",
        "| class | value | pixels | share | read back the same |",
        "|---|---|---:|---:|---:|",
    ]
    for c in result["classes"]:
        share = f"{c['pixels'] / total:.2%}"
        lines.append(f"| {c['name']} | `{c['value']}` | {c['pixels']} | {share} | {c['agreement']:.4%} |")
    lines += ["", "## What was kept and what was not", ""]
    same = f"{result['agreement']:.4%} of all pixels were read back as they are in the workspace."
    lines.append(f"- {same}")
    if result["objects"]:
        lines.append(f"- {result['same_objects']} of {result['objects']} objects were read back as they are.")
    if result["flattened_objects"]:
        lines.append(
            f"- {result['flattened_objects']} objects of classes without countable objects were written as "
            "plain pixels of their class."
        )
    for what, answer in classes.answers.items():
        lines.append(f"- Pixels that are {what} were written as {answer}.")
    lines += [f"- {loss['why']} (“{loss['quote']}”, <{loss['source']}>)" for loss in result["losses"]]
    if plan.simplify_px:
        lines.append(f"- Outlines were simplified by up to {plan.simplify_px:g} pixels.")
    lines += ["", "## Privacy", "", *(f"- {line}" for line in privacy.lines())]
    return "\n".join(lines) + "\n"
