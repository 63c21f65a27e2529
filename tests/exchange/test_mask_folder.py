"""Importing a folder of masks: exact, never a guess, nothing half-written."""

import json

import numpy as np
import pytest
from PIL import Image as Pillow

from townscape.core.errors import (
    InputError,
    MissingPair,
    NothingToRead,
    SizeMismatch,
    SmearedMask,
    UnmatchedLabels,
    UnreadableImage,
    UsageError,
)
from townscape.core.events import Report
from townscape.core.labelmap import IGNORE
from townscape.core.taxonomy import read_taxonomy
from townscape.exchange import ImportOptions, run
from townscape.formats.pairs import find_pairs
from townscape.workspace import create_workspace

CAMVID = read_taxonomy("camvid")
RNG = np.random.default_rng(0)


@pytest.fixture
def workspace(tmp_path):
    with create_workspace(tmp_path / "w", taxonomy="camvid") as opened:
        yield opened


@pytest.fixture
def folders(tmp_path):
    images, masks = tmp_path / "My images (ü)", tmp_path / "masks"
    images.mkdir()
    masks.mkdir()
    return images, masks


def write_image(path, width=40, height=30):
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.fromarray(RNG.integers(0, 255, (height, width, 3), dtype=np.uint8)).save(path)


def numbers(width=40, height=30):
    return RNG.integers(1, 12, (height, width))


def colors_of(plane):
    table = np.zeros((12, 3), dtype=np.uint8)
    for c in CAMVID.classes:
        table[c.number] = c.rgb
    return table[plane]


def import_(workspace, folders, **values):
    options = ImportOptions.parse(
        {"format": "mask-folder", "path": folders[0], "masks": folders[1], **values}
    )
    return run(workspace, options, Report())


def labels_of(workspace, name):
    image = next(i for i in workspace.images.find() if i.name == name)
    annotation = workspace.labels.find(image_id=image.id, layer="main")[0]
    return workspace.labels.read(annotation.id).segments_hw


def nothing_was_stored(workspace):
    return workspace.images.find() == [] and workspace.labels.find() == []


def test_rgb_masks_match_by_the_colors_of_the_classes(workspace, folders):
    plane = numbers()
    write_image(folders[0] / "a.jpg")
    Pillow.fromarray(colors_of(plane)).save(folders[1] / "a.png")
    result = import_(workspace, folders)
    assert np.array_equal(labels_of(workspace, "a.jpg"), plane)
    assert (result.images, result.new_images, result.labelled_share) == (1, 1, 1.0)
    assert {row["reason"] for row in result.values} == {"colour of the class"}
    assert sum(row["share"] for row in result.values) == pytest.approx(1)


def test_palette_masks_match_by_their_colors_whatever_their_order(workspace, folders):
    plane = numbers()
    for name, shuffle in (("a", np.arange(12)), ("b", np.array([0, *RNG.permutation(np.arange(1, 12))]))):
        write_image(folders[0] / f"{name}.png")
        mask = Pillow.fromarray(shuffle[plane].astype(np.uint8), "P")
        palette = np.zeros((256, 3), dtype=np.uint8)
        for c in CAMVID.classes:
            palette[shuffle[c.number]] = c.rgb
        mask.putpalette(palette.reshape(-1).tolist())
        mask.save(folders[1] / f"{name}.png")
    import_(workspace, folders)
    assert np.array_equal(labels_of(workspace, "a.png"), plane)
    assert np.array_equal(labels_of(workspace, "b.png"), plane)


def test_index_masks_need_to_be_told_what_their_values_mean(workspace, folders):
    plane = RNG.choice([0, 3, 255], (30, 40)).astype(np.uint8)
    write_image(folders[0] / "a.png")
    Pillow.fromarray(plane).save(folders[1] / "a.png")
    with pytest.raises(UnmatchedLabels) as caught:
        import_(workspace, folders)
    assert set(caught.value.unmatched) == {"0", "3", "255"}
    assert "--map" in (caught.value.hint or "")
    assert "ignore or unlabelled" in (caught.value.hint or "")
    assert nothing_was_stored(workspace)
    import_(workspace, folders, map=("0=sky", "3=Road", "255=ignore"))
    found = labels_of(workspace, "a.png")
    assert np.array_equal(found, np.select([plane == 0, plane == 3], [1, 4], IGNORE))


def test_names_beside_the_masks_answer(workspace, folders):
    plane = RNG.choice([0, 1, 2], (30, 40)).astype(np.uint8)
    write_image(folders[0] / "a.png")
    Pillow.fromarray(plane).save(folders[1] / "a.png")
    (folders[1] / "classes.txt").write_text("void\nbuilding\nTree\n")
    result = import_(workspace, folders)
    assert np.array_equal(labels_of(workspace, "a.png"), np.array([IGNORE, 2, 6])[plane])
    assert all("in classes.txt" in row["reason"] for row in result.values)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("labelmap.txt", "# label:color_rgb:parts:actions\nroad:10,20,30::\nsky:1,2,3::\n"),
        ("label_colors.txt", "10 20 30\t\tRoad\n1 2 3 Sky\n"),
        ("class_dict.csv", "name,r,g,b\nRoad,10,20,30\nSky,1,2,3\n"),
        (
            "classes.json",
            json.dumps(
                {"classes": [{"title": "Road", "color": "#0A141E"}, {"title": "Sky", "color": "#010203"}]}
            ),
        ),
    ],
)
def test_the_usual_lists_of_names_are_understood(workspace, folders, name, content):
    write_image(folders[0] / "a.png")
    plane = RNG.integers(0, 2, (30, 40))
    Pillow.fromarray(np.array([[10, 20, 30], [1, 2, 3]], dtype=np.uint8)[plane]).save(folders[1] / "a.png")
    (folders[1] / name).write_text(content)
    import_(workspace, folders)
    assert np.array_equal(labels_of(workspace, "a.png"), np.array([4, 1])[plane])


def test_a_list_of_names_that_does_not_fit_is_found_out(workspace, folders):
    """Like the real classes.json of the Dubai data set, whose colours occur in no mask."""
    write_image(folders[0] / "a.png")
    Pillow.fromarray(np.full((30, 40, 3), (60, 16, 152), np.uint8)).save(folders[1] / "a.png")
    (folders[1].parent / "classes.json").write_text(
        json.dumps({"classes": [{"title": "Road", "color": "#DE597F"}]})
    )
    with pytest.raises(
        UnmatchedLabels, match=r"classes\.json lists 1 values, but none of them occurs"
    ) as caught:
        import_(workspace, folders)
    assert caught.value.found == (("#3c1098", 1.0),)
    import_(workspace, folders, map=("3C1098=building",))
    assert (labels_of(workspace, "a.png") == 2).all()


def test_a_mapping_file_and_everything_else(workspace, folders, tmp_path):
    write_image(folders[0] / "a.png")
    Pillow.fromarray(np.repeat(np.arange(30, dtype=np.uint8)[:, None], 40, axis=1)).save(folders[1] / "a.png")
    (tmp_path / "map.toml").write_text('"0" = "sky"\n"1" = "road"\nother = "unlabelled"\n')
    result = import_(workspace, folders, mapping=tmp_path / "map.toml")
    assert result.labelled_share == pytest.approx(2 / 30)
    assert sum(row["reason"] == "everything else" for row in result.values) == 28


def test_masks_may_share_an_extra_ending(workspace, folders):
    for k in range(3):
        write_image(folders[0] / f"street {k}.jpg")
        Pillow.fromarray(colors_of(numbers())).save(folders[1] / f"street {k}_mask.png")
    assert import_(workspace, folders).images == 3


def test_folders_inside_folders_are_sequences(workspace, folders):
    for name in ("north/1.png", "north/2.png", "south/1.png"):
        write_image(folders[0] / name)
        (folders[1] / name).parent.mkdir(exist_ok=True)
        Pillow.fromarray(colors_of(numbers())).save(folders[1] / name)
    import_(workspace, folders)
    assert [(i.name, i.sequence) for i in workspace.images.find()] == [
        ("north/1.png", "north"),
        ("north/2.png", "north"),
        ("south/1.png", "south"),
    ]


def test_a_mask_of_another_size_stops_before_anything_is_stored(workspace, folders):
    for name in ("a", "b"):
        write_image(folders[0] / f"{name}.png")
    Pillow.fromarray(colors_of(numbers())).save(folders[1] / "a.png")
    Pillow.fromarray(colors_of(numbers(20, 15))).save(folders[1] / "b.png")
    with pytest.raises(SizeMismatch, match=r"label map of b\.png is 20×15 but its image is 40×30") as caught:
        import_(workspace, folders)
    assert "--resize-labels" in (caught.value.hint or "")
    assert nothing_was_stored(workspace)
    assert import_(workspace, folders, skip_broken=True).rejected[0]["file"].endswith("b.png")
    assert import_(workspace, folders, resize_labels=True).images == 1


def test_a_turned_mask_is_recognised(workspace, folders):
    write_image(folders[0] / "a.png")
    Pillow.fromarray(colors_of(numbers(30, 40))).save(folders[1] / "a.png")
    with pytest.raises(SizeMismatch) as caught:
        import_(workspace, folders)
    assert "EXIF" in (caught.value.hint or "")


def test_jpeg_masks_are_smeared_and_said_to_be(workspace, folders):
    write_image(folders[0] / "a.png")
    plane = np.kron(RNG.integers(1, 12, (3, 4)), np.ones((10, 10), dtype=int))
    Pillow.fromarray(colors_of(plane)).save(folders[1] / "a.jpg", quality=95)
    with pytest.raises(SmearedMask, match="smeared") as caught:
        import_(workspace, folders)
    assert "--snap" in (caught.value.hint or "")
    result = import_(workspace, folders, snap=60, map=("other=unlabelled",))
    found = labels_of(workspace, "a.png")
    assert result.labelled_share > 0.9
    assert (found == plane)[found > 0].mean() > 0.9


def test_missing_partners_are_named(workspace, folders):
    for name in ("a", "b"):
        write_image(folders[0] / f"{name}.png")
    for name in ("b", "c"):
        Pillow.fromarray(colors_of(numbers())).save(folders[1] / f"{name}.png")
    with pytest.raises(
        MissingPair, match=r"1 images have no labels: a\.png; 1 labels have no image: c\.png"
    ) as caught:
        import_(workspace, folders)
    assert "--skip-missing" in (caught.value.hint or "")
    assert nothing_was_stored(workspace)
    assert import_(workspace, folders, skip_missing=True).images == 1


def test_folders_that_have_nothing_in_common(workspace, folders):
    write_image(folders[0] / "a.png")
    Pillow.fromarray(colors_of(numbers())).save(folders[1] / "z.png")
    with pytest.raises(MissingPair, match="for example a and z"):
        import_(workspace, folders)


def test_empty_and_missing_folders(workspace, folders, tmp_path):
    with pytest.raises(NothingToRead, match="no file"):
        import_(workspace, folders)
    write_image(folders[0] / "a.png")
    with pytest.raises(NothingToRead, match="no masks"):
        import_(workspace, folders)
    with pytest.raises(InputError, match="does not exist"):
        import_(workspace, (tmp_path / "nowhere", folders[1]))


def test_a_truncated_image_or_mask_stops_before_anything_is_stored(workspace, folders):
    for name in ("a", "b", "c"):
        write_image(folders[0] / f"{name}.png", 300, 300)
        Pillow.fromarray(colors_of(numbers(300, 300))).save(folders[1] / f"{name}.png")
    for path in (folders[0] / "b.png", folders[1] / "c.png"):
        path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(UnreadableImage, match=r"b\.png"):
        import_(workspace, folders)
    assert nothing_was_stored(workspace)
    result = import_(workspace, folders, skip_broken=True)
    assert (result.images, len(result.rejected)) == (1, 2)


def test_what_happens_to_labels_that_are_there(workspace, folders):
    write_image(folders[0] / "a.png")
    first, second = numbers(), numbers()
    half = first.copy()
    half[:, 20:] = 0
    save = lambda plane: Pillow.fromarray(colors_of(plane)).save(folders[1] / "a.png")  # noqa: E731
    black = {"map": ("#000000=unlabelled",)}
    save(half)
    import_(workspace, folders, **black)
    save(second)
    assert import_(workspace, folders).kept == 1
    assert np.array_equal(labels_of(workspace, "a.png"), half)
    import_(workspace, folders, existing="fill")
    assert np.array_equal(labels_of(workspace, "a.png"), np.where(half > 0, half, second))
    save(first)
    import_(workspace, folders, existing="layer")
    assert np.array_equal(labels_of(workspace, "a.png"), np.where(half > 0, half, second))
    layers = {a.layer: a.id for a in workspace.labels.find()}
    assert np.array_equal(workspace.labels.read(layers["second:import"]).segments_hw, first)
    import_(workspace, folders, existing="replace")
    assert np.array_equal(labels_of(workspace, "a.png"), first)
    assert [r.kind for r in workspace.history.revisions(layers["main"])] == [
        "create",
        "import",
        "import",
        "import",
    ]


def test_parts_and_places_are_remembered(workspace, folders):
    write_image(folders[0] / "a.png")
    Pillow.fromarray(colors_of(numbers())).save(folders[1] / "a.png")
    import_(workspace, folders, split="test", place="Tile 1")
    assert workspace.labels.find()[0].official_part == "test"
    assert workspace.images.find()[0].place == "Tile 1"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (("nonsense",), "VALUE=CLASS"),
        (("#12=sky",), "no colour"),
        (("12=lamp",), "no class 'lamp'"),
        (("red=sky",), "does not occur in the files"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(workspace, folders, given, reason):
    write_image(folders[0] / "a.png")
    Pillow.fromarray(colors_of(numbers())).save(folders[1] / "a.png")
    with pytest.raises(UsageError, match=reason):
        import_(workspace, folders, map=given)


def test_recorded_options_are_read_back(folders):
    values = {"path": folders[0], "masks": folders[1], "map": ("1=sky",), "split": "val"}
    options = ImportOptions.parse(values)
    assert ImportOptions.parse(options.model_dump(mode="json", exclude_none=True)) == options


def test_an_unknown_format_is_named_with_those_that_there_are(workspace, folders):
    write_image(folders[0] / "a.png")
    options = ImportOptions(path=folders[0], format="crayon")
    with pytest.raises(UsageError, match="no format 'crayon'"):
        run(workspace, options, Report())


def test_one_image_and_one_mask_belong_together_whatever_their_names(tmp_path):
    for name in ("ortho.png", "what-is-there.png"):
        Pillow.fromarray(np.ones((20, 30, 3), dtype=np.uint8)).save(tmp_path / name)
    pairs = find_pairs(tmp_path / "ortho.png", tmp_path / "what-is-there.png")
    assert [(p.image.name, p.mask.name, p.name) for p in pairs.complete] == [
        ("ortho.png", "what-is-there.png", "ortho.png")
    ]
