"""Label maps written and read by our formats and by Datumaro's; see `measure`."""

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from foreign import foreign_python
from label_maps import HEIGHT, WIDTH, LabelMaps, all_pictures, write_label_maps

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[1] / "shared" / "data"
MAPS = HERE / "work" / "label-maps"
RUNS = 3


@dataclass(frozen=True)
class Pair:
    """A format as both call it."""

    ours: str
    variant: str
    theirs: str
    has_void: bool = False
    """Whether void is a class of its own in Datumaro's files, not what has no label."""
    can_stream: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    writes: bool = True
    """Whether Datumaro writes it; if not, both read what we wrote."""
    images: str = ""
    """Where image files have to be before Datumaro reads the labels."""


PAIRS = (
    Pair("camvid", "segnet", "camvid", images="{part}/{name}.png"),
    Pair("cityscapes", "masks", "cityscapes"),
    Pair("coco", "rle", "coco_instances", True, True, {"segmentation_mode": "mask"}),
    Pair("coco-panoptic", "png", "coco_panoptic", True, True),
    Pair("coco-stuff", "json", "coco_stuff", True, True),
    Pair("cvat", "rle", "cvat", True, images="images/{part}/{name}.png"),
    Pair("datumaro", "masks", "datumaro", True, True),
    Pair("kitti", "semantics", "kitti_segmentation", options={"label_map": "kitti"}),
    Pair("voc", "palette", "voc_segmentation", can_stream=True),
)


def measure(folder: Path, only: Collection[str] = (), runs: int = RUNS) -> dict[str, Any]:
    """701 label maps of 480 × 360 through our formats and through Datumaro's, labels only.

    export: label maps, read one by one → files. Ours includes its verification: every label is
      read back from the files and compared. Datumaro gets one native mask per segment, all of a
      picture cut lazily from its one plane (`ExtractedMask`), from a source of its own kind
      (`DatasetBase`) that hands out one picture at a time; nothing is converted for it.
    import: files → a plane of class indices for every picture, each let go before the next. Both
      read the same files: Datumaro's (ours, where it cannot write). It merges the masks of a picture
      by its own `Annotations.get_semantic_seg_mask`.
    Each is a fresh process that has imported everything and done the same with six pictures before
    the clock starts; the two take turns, and medians of three are compared. Where Datumaro can stream
    a format both ways are measured, and the faster of them counts, with the memory that it takes.
    memory: the highest resident size less that before, the larger of export and import.
    """
    import psutil

    camvid = Path(os.environ.get("TOWNSCAPE_DATA", DATA)) / "camvid"
    if not camvid.is_dir():
        raise SystemExit(f"This benchmark needs {camvid}.")
    folder.mkdir(parents=True, exist_ok=True)
    write_label_maps(MAPS, all_pictures(camvid))
    python = foreign_python(folder / "venv", "datumaro==1.13.12")
    found = {p.ours: _Turns(p, folder, python).measure(runs) for p in PAIRS if not only or p.ours in only}
    return {
        "peer": "datumaro 1.13.12",
        "n_pictures": len(LabelMaps.read(MAPS).pictures),
        "load": [round(v, 1) for v in psutil.getloadavg()],
        "formats": found,
    }


@dataclass
class _Turns:
    """One format: both sides in turns."""

    pair: Pair
    folder: Path
    python: Path
    runs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def measure(self, n_runs: int) -> dict[str, Any]:
        print(f"— {self.pair.ours}", file=sys.stderr, flush=True)
        place = self.folder / "files" / self.pair.ours
        agreement = {}
        for k in range(n_runs):
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
            for side, asked in self._exports(place):
                self._run(f"{side} export", asked)
            for side, asked in self._imports(place):
                planes = place / f"{side}.npz"
                if k == 0:
                    self._run("", {**asked, "planes": str(planes)})
                    agreement[side.split()[0]] = self._agreement(planes)
                self._run(f"{side} import", asked)
        shutil.rmtree(place)
        return self._result(agreement)

    def _exports(self, place: Path) -> Iterator[tuple[str, dict[str, Any]]]:
        common = {"what": "export"}
        yield "ours", {**common, "folder": str(place / "ours")}
        if self.pair.writes:
            for stream in self._ways():
                side = "datumaro streamed" if stream else "datumaro"
                yield side, {**common, "folder": str(place / side.replace(" ", "-")), "stream": stream}

    def _imports(self, place: Path) -> Iterator[tuple[str, dict[str, Any]]]:
        files = place / ("datumaro" if self.pair.writes else "ours")
        self._put_images(files)
        common = {"what": "import", "folder": str(files), "warm": f"{files}.few"}
        yield "ours", common
        for stream in self._ways():
            yield "datumaro streamed" if stream else "datumaro", {**common, "stream": stream}

    def _put_images(self, files: Path) -> None:
        """One image under every name, for formats whose labels Datumaro does not read without."""
        if not self.pair.images:
            return
        image = self.folder / "image.png"
        Image.new("L", (WIDTH, HEIGHT)).save(image)
        maps = LabelMaps.read(MAPS)
        for k, picture in enumerate(maps.pictures):
            for root in (files, Path(f"{files}.few"))[: 1 + (k in maps.few())]:
                path = root / self.pair.images.format(**picture)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.unlink(missing_ok=True)
                path.hardlink_to(image)

    def _ways(self) -> tuple[bool, ...]:
        return (False, True) if self.pair.can_stream else (False,)

    def _run(self, name: str, asked: dict[str, Any]) -> None:
        is_ours = "stream" not in asked
        script = "formats_ours.py" if is_ours else "formats_datumaro.py"
        more = (
            {"format": self.pair.ours, "variant": self.pair.variant}
            if is_ours
            else {
                "format": self.pair.theirs,
                "has_void": self.pair.has_void,
                "options": self.pair.options,
            }
        )
        done = subprocess.run(
            [
                sys.executable if is_ours else self.python,
                HERE / script,
                json.dumps({"maps": str(MAPS), **asked, **more}),
            ],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        if name:
            self.runs.setdefault(name, []).append(json.loads(done.stdout.splitlines()[-1]))

    def _agreement(self, planes: Path) -> float:
        """Share of all pixels that came out as the class that they were."""
        maps = LabelMaps.read(MAPS)
        same = total = 0
        with np.load(planes) as found:
            for k, picture in enumerate(maps.pictures):
                truth = maps.class_plane(k)
                total += truth.size
                if picture["name"] in found:
                    same += int(np.count_nonzero(found[picture["name"]] == truth))
        planes.unlink()
        return round(same / total, 6)

    def _result(self, agreement: dict[str, float]) -> dict[str, Any]:
        def median(name: str, what: str) -> float:
            return statistics.median(run[what] for run in self.runs[name])

        def faster(what: str) -> str:
            names = [n for n in self.runs if n.startswith("datumaro") and n.endswith(what)]
            return min(names, key=lambda n: median(n, "seconds"))

        done = [what for what in ("export", "import") if f"datumaro {what}" in self.runs]
        speedups = {
            f"{what}_speedup": round(median(faster(what), "seconds") / median(f"ours {what}", "seconds"), 2)
            for what in done
        }
        ours_mb = max(median(f"ours {what}", "memory_mb") for what in done)
        theirs_mb = max(median(faster(what), "memory_mb") for what in done)
        return {
            **speedups,
            "memory_ratio": round(ours_mb / theirs_mb, 3),
            "is_exact": all(run["agreement"] == 1 for run in self.runs["ours export"]),
            "agreement_of_imports": agreement,
            "seconds": {n: round(median(n, "seconds"), 3) for n in self.runs},
            "cpu_seconds": {n: round(median(n, "cpu_seconds"), 3) for n in self.runs},
            "memory_mb": {n: round(median(n, "memory_mb"), 2) for n in self.runs},
            "size_mb": {n: round(median(n, "size_mb"), 2) for n in self.runs if n.endswith("export")},
        }
