"""What may be wrong with labels, each finding with the pictures it shows in and a remedy."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from townscape.core.taxonomy import Taxonomy
from townscape.exchange.surveying import MAX_SHOWN, Survey, Where
from townscape.formats.format import Source, SourceClass
from townscape.formats.matching import Match

_MANY_VALUES = 64
_RARE_SHARE = 1e-4


class Remedy(BaseModel):
    """One click that answers a finding: options to set before looking again."""

    model_config = ConfigDict(frozen=True)

    title: str
    options: dict[str, Any]


class Finding(BaseModel):
    """Something that may be wrong."""

    model_config = ConfigDict(frozen=True)

    kind: str
    title: str
    text: str
    pictures: list[str] = Field(default_factory=list[str])
    """The first few pictures in which it shows."""
    n_pictures: int = 0
    remedies: list[Remedy] = Field(default_factory=list[Remedy])


def audit(survey: Survey, source: Source, match: Match, taxonomy: Taxonomy) -> list[Finding]:
    """Everything that looks wrong, the most serious first."""
    found = [
        *_unmatched(survey, match, taxonomy),
        *(Finding(kind="names", title="The list of names does not fit", text=t) for t in match.remarks),
        *_foreground(survey),
        *_off_by_one(survey, source.classes),
        *_smeared(survey),
        *_rejected(survey),
        *_strays(survey, match),
        *_overlaps(survey),
        *_repairs(survey),
        *_nearly_empty(survey),
        *_specks(survey),
    ]
    found += [Finding(kind="remark", title="About the files", text=text) for text in source.notes]
    return found


def _unmatched(survey: Survey, match: Match, taxonomy: Taxonomy) -> list[Finding]:
    values = match.unmatched
    if not values:
        return []
    total = max(1, sum(survey.values.values()))
    share = sum(survey.values[v] for v in values) / total
    remedies = [Remedy(title="Leave them unlabelled", options={"map": ["other=unlabelled"]})]
    if len(values) <= 60:
        remedies.append(
            Remedy(title="Make a taxonomy of these classes", options={"new_taxonomy": "imported"})
        )
    rare = [v for v in values if survey.values[v] / total < _RARE_SHARE and v.startswith("#")]
    if rare and len(rare) < len(survey.values):
        remedies.append(Remedy(title="Take stray colours for the nearest known one", options={"snap": 60}))
    return [
        Finding(
            kind="unknown",
            title=f"{_count(len(values), 'value')} without a class",
            text=f"No name and no colour says which class of {taxonomy.title or taxonomy.name} is meant by "
            f"{_listed(values)} ({share:.2%} of the labelled pixels).",
            remedies=remedies,
            **_shown(survey, values),
        )
    ]


def _foreground(survey: Survey) -> list[Finding]:
    values = {v for v in survey.values if v.isdigit()}
    if values not in ({"0", "255"}, {"255"}):
        return []
    return [
        Finding(
            kind="foreground",
            title="255 looks like foreground",
            text="The masks hold 0 and 255 only: here 255 is most likely the class itself, not void.",
            **_shown(survey, ["255"]),
        )
    ]


def _off_by_one(survey: Survey, classes: Sequence[SourceClass]) -> list[Finding]:
    listed = sorted(int(c.value) for c in classes if c.value.isdigit() and c.means is None)
    used = sorted(int(v) for v in survey.values if v.isdigit() and int(v) not in (255, 65_535))
    if len(listed) < 2 or not used or set(used) <= set(listed):
        return []
    step = 1 if used[-1] == listed[-1] + 1 else -1 if used[0] == listed[0] - 1 else 0
    if not step or not {v - step for v in used} <= set(listed):
        return []
    moved = [f"{int(c.value) + step}={c.name}" for c in classes if c.value.isdigit() and c.means is None]
    return [
        Finding(
            kind="off-by-one",
            title="The values are shifted by one",
            text=f"The list of names runs from {listed[0]} to {listed[-1]}, the masks from {used[0]} to "
            f"{used[-1]}: every name may belong to the value beside it.",
            remedies=[Remedy(title="Shift the names by one", options={"map": moved})],
            **_shown(survey, [str(v) for v in used]),
        )
    ]


def _smeared(survey: Survey) -> list[Finding]:
    if survey.lossy.n:
        return [
            Finding(
                kind="lossy",
                title=f"{_count(survey.lossy.n, 'mask')} stored as JPEG",
                text="A lossy codec smears colours along every border. The original PNGs are better; if "
                "there are none, each colour can be taken for the nearest known one.",
                **_at(survey.lossy),
                remedies=[Remedy(title="Take the nearest known colour", options={"snap": 60})],
            )
        ]
    colors = [v for v in survey.values if v.startswith("#")]
    total = max(1, sum(survey.values.values()))
    rare = [v for v in colors if survey.values[v] / total < _RARE_SHARE]
    if len(colors) < _MANY_VALUES or len(rare) < len(colors) // 2:
        return []
    return [
        Finding(
            kind="resampled",
            title=f"{len(colors)} colours in the masks",
            text="That many colours, most of them rare, come from resizing or from a lossy codec.",
            remedies=[Remedy(title="Take the nearest known colour", options={"snap": 60})],
            **_shown(survey, rare),
        )
    ]


def _rejected(survey: Survey) -> list[Finding]:
    if not survey.rejected:
        return []
    names = [name for name, _ in survey.rejected]
    reasons = sorted({reason for _, reason in survey.rejected})
    is_size = any("but its image is" in reason for reason in reasons)
    remedies = [Remedy(title="Import the rest", options={"skip_broken": True, "skip_missing": True})]
    if is_size:
        remedies.append(Remedy(title="Bring labels to the image's size", options={"resize_labels": True}))
    return [
        Finding(
            kind="rejected",
            title=f"{_count(len(names), 'file')} that cannot be used",
            text="; ".join(reason.rstrip(".") for reason in reasons[:4]) + (" …" if len(reasons) > 4 else ""),
            pictures=names[:MAX_SHOWN],
            n_pictures=len(names),
            remedies=remedies,
        )
    ]


def _strays(survey: Survey, match: Match) -> list[Finding]:
    """Values of a handful of pixels beside classes that fill the pictures."""
    total = max(1, sum(survey.values.values()))
    stray = [
        v for v in survey.values if survey.values[v] / total < _RARE_SHARE and v not in match.number_by_value
    ]
    if not stray or len(stray) == len(match.unmatched):
        return []
    return [
        Finding(
            kind="stray",
            title=f"{_count(len(stray), 'value')} on a few pixels only",
            text=f"{_listed(stray)}: {sum(survey.values[v] for v in stray):,} pixels together.",
            remedies=[Remedy(title="Take stray colours for the nearest known one", options={"snap": 60})],
            **_shown(survey, stray),
        )
    ]


def _overlaps(survey: Survey) -> list[Finding]:
    if not survey.overlap_px:
        return []
    return [
        Finding(
            kind="overlap",
            title="Shapes overlap",
            text=f"{survey.overlap_px:,} pixels ({survey.overlap_px / max(1, survey.total_px):.2%}) are "
            "claimed by more than one shape; the format's own order decides.",
        )
    ]


def _repairs(survey: Survey) -> list[Finding]:
    return [
        Finding(kind="repair", title=f"{n:,} × {what}", text="Left out or mended; the rest is imported.")
        for what, n in survey.repairs.most_common()
    ]


def _nearly_empty(survey: Survey) -> list[Finding]:
    where = survey.nearly_empty
    if not where.n:
        return []
    text = "Less than 1 % of these pictures is labelled."
    return [Finding(kind="empty", title=_count(where.n, "nearly empty picture"), text=text, **_at(where))]


def _specks(survey: Survey) -> list[Finding]:
    if not survey.specked.n:
        return []
    return [
        Finding(
            kind="specks",
            title=f"Specks in {_count(survey.specked.n, 'picture')}",
            text=f"{survey.specks:,} regions have at most 4 pixels. They are imported as they are; the "
            "editor can fill them.",
            **_at(survey.specked),
        )
    ]


def _at(where: Where) -> dict[str, Any]:
    return {"pictures": where.names, "n_pictures": where.n}


def _shown(survey: Survey, values: Iterable[str]) -> dict[str, Any]:
    """Pictures that hold one of the values; their number is that of the most frequent one."""
    places = [survey.by_value[v] for v in values if v in survey.by_value]
    names = list(dict.fromkeys(name for where in places for name in where.names))
    return {"pictures": names[:MAX_SHOWN], "n_pictures": max((where.n for where in places), default=0)}


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"


def _listed(values: Sequence[str]) -> str:
    return ", ".join(values[:8]) + (f" and {len(values) - 8} more" if len(values) > 8 else "")
