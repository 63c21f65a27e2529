"""CVAT's own client works against the server: tasks, annotations, exports, backups, PyTorch datasets."""

import json
import zipfile

import cv2
import numpy as np
import pytest

from tests.server.cvat.conftest import png
from tests.server.cvat.cvat_client import CvatClient, find_or_install
from townscape.core.events import Report
from townscape.core.labelmap import IGNORE, LabelMap, ObjectRow
from townscape.exchange import ExportOptions, exporting
from townscape.testing.browser import ServerProcess
from townscape.workspace import create_workspace, open_workspace

H, W, N = 240, 320, 3
SKY, ROAD, TREE, CAR = 1, 4, 6, 9


def draw_labels(seed):
    """A label map with two cars that touch, class pixels, ignored and unlabelled ones."""
    rng = np.random.default_rng(seed)
    small = rng.choice([0, SKY, ROAD, TREE, IGNORE], size=(6, 8), p=[0.1, 0.3, 0.3, 0.2, 0.1])
    plane = cv2.resize(small.astype(np.uint16), (W, H), interpolation=cv2.INTER_NEAREST).astype(np.uint32)
    plane[100:140, 50:90], plane[100:140, 90:130] = 65536, 65537
    rows = {k: ObjectRow(k, CAR) for k in (65536, 65537)}
    return LabelMap(plane, rows)


def class_numbers(workspace, annotation):
    return workspace.labels.read(annotation.id).class_numbers(workspace.taxonomies.get(annotation.taxonomy))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Pictures, a COCO archive of their labels, and a server of an empty workspace with its client."""
    python = find_or_install()
    folder = tmp_path_factory.mktemp("cvat")
    pictures = [folder / f"street_{k}.png" for k in range(N)]
    with create_workspace(folder / "labelled", taxonomy="camvid") as workspace:
        for k, path in enumerate(pictures):
            path.write_bytes(png(H, W, seed=k))
            image, _ = workspace.images.take_in(path, name=path.name)
            workspace.labels.save_map(workspace.labels.open(image, "camvid").id, draw_labels(k))
        options = ExportOptions(format="coco", out=folder / "coco.zip", images="none", ignore="class")
        exporting.run(workspace, options, Report())
    create_workspace(folder / "w", taxonomy="camvid").close()
    server = ServerProcess(folder / "w")
    (folder / "home").mkdir()
    client = CvatClient(python, server.origin, server.token, folder / "home")
    yield Site(folder, pictures, client)
    server.stop()


class Site:
    """What the tests work on, one after the other."""

    def __init__(self, folder, pictures, client):
        self.folder, self.pictures, self.client = folder, pictures, client

    def open(self):
        return open_workspace(self.folder / "w")

    def annotations(self, workspace, number):
        key = workspace.numbered.get("task", number).key
        windows = workspace.selections.get(key).windows
        return [workspace.labels.find(image_id=w.image_id)[0] for w in windows]

    @property
    def number(self):
        """The first task, made when it is first asked for."""
        listed = self.client.cli("task", "ls").split()
        if not listed:
            labels = json.dumps([{"name": n} for n in ("Sky", "Road", "Tree", "Car", "ignore")])
            words = ["task", "create", "Elm Street", "--labels", labels, "local", *reversed(self.pictures)]
            words += ["--annotation_path", self.folder / "coco.zip", "--annotation_format", "COCO 1.0"]
            listed = [self.client.cli(*words).split()[-1]]
        return int(listed[0])


def test_a_task_is_made_with_images_and_annotations(site):
    number = site.number
    (task,) = json.loads(site.client.cli("task", "ls", "--json", by_token=True))
    assert (task["id"], task["name"], task["size"], task["owner"]["username"]) == (
        number,
        "Elm Street",
        N,
        "ana",
    )
    with site.open() as workspace:
        for k, annotation in enumerate(site.annotations(workspace, number)):
            expected = draw_labels(k)
            found = workspace.labels.read(annotation.id)
            numbers = expected.class_numbers(workspace.taxonomies.get("camvid"))
            assert np.array_equal(class_numbers(workspace, annotation), numbers)
            assert np.array_equal(found.segments_hw >= 65536, expected.segments_hw >= 65536)
            assert len(found.objects) == 2
            assert workspace.history.revisions(annotation.id)[-1].author == "ana"


def test_frames_are_downloaded_as_they_were_sent(site):
    site.client.cli("task", "frames", site.number, 0, 2, "--outdir", "frames")
    for k in (0, 2):
        found = cv2.imread(str(site.client.home / f"frames/task_{site.number}_frame_{k:06d}.png"))
        assert np.array_equal(found, cv2.imread(str(site.pictures[k])))


def test_annotations_are_exported_and_come_back(site):
    from townscape.formats.codecs import png as masks

    for name in ("COCO 1.0", "Segmentation mask 1.1"):
        words = ["--format", name, "--with-images", "yes", "--completion_verification_period", "0.2"]
        site.client.cli("task", "export-dataset", site.number, "exported/", *words)
    (coco,) = site.client.home.glob("exported/*COCO*.zip")
    with zipfile.ZipFile(coco) as archive:
        listed = json.loads(archive.read("annotations/instances_default.json"))
    assert len(listed["images"]) == N
    (rgb,) = site.client.home.glob("exported/*Segmentation*.zip")
    with zipfile.ZipFile(rgb) as archive:
        lines = archive.read("labelmap.txt").decode().splitlines()[1:]
        color_by_name = {line.split(":")[0]: tuple(map(int, line.split(":")[1].split(","))) for line in lines}
        (site.folder / "0.png").write_bytes(archive.read("SegmentationClass/street_0.png"))
    colors = masks.decode(site.folder / "0.png").values
    cars = draw_labels(0).segments_hw >= 65536
    assert np.array_equal((colors == color_by_name["Car"]).all(axis=-1), cars)
    again = site.client.cli(
        "task", "create", "Again", "--labels", '[{"name": "Car"}]', "local", *site.pictures
    )
    number = int(again.split()[-1])
    site.client.cli("task", "import-dataset", number, coco, "--format", "COCO 1.0")
    with site.open() as workspace:
        pairs = zip(
            site.annotations(workspace, number), site.annotations(workspace, site.number), strict=True
        )
        for copy, original in pairs:
            assert np.array_equal(class_numbers(workspace, copy), class_numbers(workspace, original))
    site.client.cli("task", "delete", number)


def test_a_backup_makes_the_task_again_and_tasks_are_deleted(site):
    words = ["--completion_verification_period", "0.2"]
    site.client.cli("task", "backup", site.number, "backup.zip", *words)
    number = int(site.client.cli("task", "create-from-backup", "backup.zip", *words))
    with site.open() as workspace:
        pairs = zip(
            site.annotations(workspace, number), site.annotations(workspace, site.number), strict=True
        )
        for copy, original in pairs:
            found = [workspace.labels.read(a.id).segments_hw for a in (copy, original)]
            assert np.array_equal(*found)
    site.client.cli("task", "delete", number, 999)
    assert site.client.cli("task", "ls").split() == [str(site.number)]
    with site.open() as workspace:
        assert len(workspace.images.find()) >= 2 * N, "images and labels stay"


def test_annotations_change_both_ways(site):
    told = site.client.sdk(
        """
task = client.tasks.retrieve(int(arguments[0]))
labels = {l.name: l.id for l in task.get_labels()}
before = task.get_annotations().shapes
mask = np.zeros((240, 320), dtype=bool)
mask[5:25, 5:45] = True
def change(action, **values):
    shapes = [models.LabeledShapeRequest(**values)]
    task.update_annotations(models.PatchedLabeledDataRequest(shapes=shapes), action=action)
car = {"type": "mask", "label_id": labels["Car"], "frame": 1}
change(Action.CREATE, points=encode_mask(mask), **car)
(new,) = [s for s in task.get_annotations().shapes if s.id not in {b.id for b in before}]
mask = np.roll(mask, 3, axis=0)
change(Action.UPDATE, **new.to_dict() | {"points": encode_mask(mask)})
same = [models.LabeledShapeRequest(**s.to_dict()) for s in task.get_annotations().shapes]
task.set_annotations(models.LabeledDataRequest(shapes=same))
(job,) = task.get_jobs()
after = job.get_annotations().shapes
(points,) = [s.points for s in after if s.id == new.id]
moved = (decode_mask(points, image_width=320, image_height=240) == mask).all()
refused = []
for wrong in ({"points": [1, 2, 3, 0, 0, 9, 9]}, {"frame": 99}, {"label_id": 9999}):
    try:
        change(Action.CREATE, **car | {"points": encode_mask(mask)} | wrong)
    except Exception as error:
        refused.append((error.status, json.loads(error.body)["detail"]))
tell(id=new.id, n=len(after) - len(before), moved=bool(moved), refused=refused)
""",
        site.number,
    )
    assert (told["n"], told["moved"]) == (1, True)
    assert [status for status, _ in told["refused"]] == [400, 404, 404]
    assert all(sentence.endswith(".") for _, sentence in told["refused"])
    with site.open() as workspace:
        annotation = site.annotations(workspace, site.number)[1]
        assert (workspace.labels.read(annotation.id).segments_hw[8:28, 5:45] == told["id"] & 0xFFFFFFFF).all()
        history = workspace.history.revisions(annotation.id)
        assert [r.author for r in history[1:]] == ["ana"] * 3, "setting the same makes no revision"
        label_map = workspace.labels.read(annotation.id)
        label_map.segments_hw[230:, :] = SKY
        workspace.labels.save_map(annotation.id, label_map, kind="edit", author="ben")
    told = site.client.sdk(
        """
task = client.tasks.retrieve(int(arguments[0]))
sky = next(l.id for l in task.get_labels() if l.name == "Sky")
(shape,) = [s for s in task.get_annotations().shapes if s.frame == 1 and s.label_id == sky]
tell(painted=bool(decode_mask(shape.points, image_width=320, image_height=240)[230:].all()))
task.remove_annotations(ids=[int(arguments[1])])
""",
        site.number,
        told["id"],
    )
    assert told["painted"]


def test_pytorch_datasets_yield_the_label_maps(site):
    pytest.importorskip("torchvision")
    told = site.client.sdk(
        """
from cvat_sdk.pytorch import ExtractInstanceMasks, ProjectVisionDataset, TaskVisionDataset
task = client.tasks.retrieve(int(arguments[0]))
names = {l.name: k for k, l in enumerate(task.get_labels())}
masks = ExtractInstanceMasks(include_shape_types={"mask", "polygon"})
def plane(sample):
    image, target = sample
    found = np.full((image.size[1], image.size[0]), 255, dtype=np.uint8)
    for mask, label in zip(target["masks"].numpy(), target["labels"].tolist()):
        assert (found[mask > 0] == 255).all(), "masks do not overlap"
        found[mask > 0] = label
    return found
dataset = TaskVisionDataset(client, task.id, target_transform=masks, label_name_to_index=names)
np.savez(arguments[1], *[plane(sample) for sample in dataset])
all_of_it = ProjectVisionDataset(client, task.project_id, target_transform=masks)
tell(names=list(names), n=len(dataset), n_all=len(all_of_it))
""",
        site.number,
        site.folder / "planes.npz",
    )
    assert (told["n"], told["n_all"]) == (N, N)
    planes = np.load(site.folder / "planes.npz")
    with site.open() as workspace:
        taxonomy = workspace.taxonomies.get("camvid")
        index = {c.number: told["names"].index(c.name) for c in taxonomy.active}
        index |= {IGNORE: told["names"].index("ignore"), 0: 255}
        for k, annotation in enumerate(site.annotations(workspace, site.number)):
            expected = np.vectorize(index.get)(class_numbers(workspace, annotation))
            assert np.array_equal(planes[f"arr_{k}"], expected)


def test_a_function_annotates_a_task(site):
    function = site.folder / "function.py"
    function.write_text(
        """
import cvat_sdk.auto_annotation as cvataa
from cvat_sdk.masks import encode_mask
import numpy as np
spec = cvataa.DetectionFunctionSpec(labels=[cvataa.label_spec("Tree", 0, type="mask")])
def detect(context, image):
    mask = np.zeros((image.height, image.width), dtype=bool)
    mask[200:210, 100:200] = True
    return [cvataa.mask(0, encode_mask(mask))]
"""
    )
    site.client.cli("task", "auto-annotate", site.number, "--function-file", function)
    with site.open() as workspace:
        for annotation in site.annotations(workspace, site.number):
            assert (class_numbers(workspace, annotation)[200:210, 100:200] == TREE).all()
