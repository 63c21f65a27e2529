"""The leakage gate: what is torn is found with its reason, and nothing else is."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from townscape.core.errors import DatasetError
from townscape.core.events import Report
from townscape.core.labelmap import LabelMap
from townscape.core.leakage import Link, Placed, TornPair, shared_groups, torn_pairs
from townscape.core.splits import Candidate, assign_parts
from townscape.workspace import create_workspace
from townscape.workspace.freeze import freeze_dataset
from townscape.workspace.pairs import ImagePair

PARTS = ("train", "tune", "val", "test")


def recording(a, b):
    return Link(a, b, "recording", "same recording R, 1.0 s apart", "R")


def test_a_torn_link_is_told_with_names_parts_and_reason():
    a = Placed("1", "a.png", "g", "train")
    b = Placed("2", "b.png", "g", "val")
    link = recording("1", "2")
    assert torn_pairs([a, b], [link]) == [TornPair(a, b, link)]
    told = "a.png (train) and b.png (val): same recording R, 1.0 s apart"
    assert str(TornPair(a, b, link)) == told
    assert shared_groups([a, b]) == {"g": frozenset({"train", "val"})}


def test_tune_and_train_are_one_side():
    placed = [Placed("1", "a", "g", "train"), Placed("2", "b", "g", "tune")]
    assert torn_pairs(placed, [recording("1", "2")]) == []
    assert shared_groups(placed) == {}


def test_a_group_tied_through_an_image_that_is_not_in_the_split_is_told_too():
    placed = [Placed("1", "a", "g", "train"), Placed("3", "c", "g", "test")]
    (pair,) = torn_pairs(placed, [recording("1", "2"), recording("2", "3")])
    assert {pair.first.name, pair.second.name} == {"a", "c"}
    assert "not in the split" in pair.link.reason


chains = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(PARTS)), min_size=1, max_size=30)


@given(chains, st.randoms(use_true_random=False))
def test_pairs_are_found_exactly_where_groups_are_shared_in_whatever_order_they_come(chain, random):
    placed = [Placed(str(k), f"{k:02d}", f"g{group}", part) for k, (group, part) in enumerate(chain)]
    last: dict[str, str] = {}
    links = []
    for one in placed:
        if one.group in last:
            links.append(recording(last[one.group], one.image_id))
        last[one.group] = one.image_id
    found = torn_pairs(placed, links)
    assert {p.first.group for p in found} == set(shared_groups(placed))
    assert all(p.first.group == p.second.group and p.first.side != p.second.side for p in found)
    mixed, turned = list(placed), list(links)
    random.shuffle(mixed)
    random.shuffle(turned)
    assert torn_pairs(mixed, turned) == found


def test_what_is_tied_to_an_officially_held_out_group_is_not_learned():
    def one(group, official):
        return Candidate(group, group, None, official, np.array([10]))

    candidates = [one("a", "train"), one("b", "val"), one("b", None), one("c", None)]
    assert assign_parts(candidates, val_share=0.2, tune_share=0, seed=0) == ["train", "val", None, "train"]


@pytest.fixture
def workspace(tmp_path: Path):
    """Four recordings of six labelled photos each, a second apart."""
    rng = np.random.default_rng(0)
    with create_workspace(tmp_path / "w", taxonomy="land-cover") as opened:
        for drive, second in product(range(4), range(6)):
            path = tmp_path / f"{drive}{second}.png"
            Pillow.fromarray(rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)).save(path)
            image, _ = opened.images.take_in(
                path, name=path.name, sequence=f"drive {drive}", sequence_s=float(second)
            )
            annotation = opened.labels.open(image, "land-cover")
            plane = rng.integers(1, 5, (64, 64), dtype=np.uint32)
            opened.labels.save_map(annotation.id, LabelMap(plane))
        yield opened


def freeze(workspace, **how):
    return freeze_dataset(workspace, workspace.taxonomy(), Report(), val_share=0.25, **how)


def sides(workspace, dataset):
    names = {i.id: i.name for i in workspace.images.find()}
    return {names[i.image_id]: "train" if i.part == "tune" else i.part for i in dataset.items}


def test_a_random_split_of_recordings_is_refused_with_its_pairs(workspace):
    with pytest.raises(DatasetError, match="belong together") as refused:
        freeze(workspace, split_by="image")
    lines = refused.value.message.splitlines()
    n_torn = int(lines[0].split("put ")[1].split(" pairs")[0])
    assert len(lines) - 1 == min(10, n_torn) > 3
    assert all("same recording drive" in line and "1.0 s apart" in line for line in lines[1:])
    assert workspace.datasets.find() == []


def test_a_split_by_group_keeps_recordings_whole(workspace):
    found = sides(workspace, freeze(workspace))
    by_drive = {name[0]: {side for n, side in found.items() if n[0] == name[0]} for name in found}
    assert all(len(parts) == 1 for parts in by_drive.values())
    assert {side for parts in by_drive.values() for side in parts} == {"train", "val"}


def test_copies_tie_recordings_together(workspace):
    by_name = {i.name: i.id for i in workspace.images.find()}
    chain = [("00.png", "10.png"), ("11.png", "20.png"), ("21.png", "30.png")]
    tied = [
        ImagePair(first=by_name[a], second=by_name[b], kind="copy", distance=3, reason="same picture")
        for a, b in chain
    ]
    workspace.pairs.put(tied[:2])
    found = sides(workspace, freeze(workspace, tune_share=0))
    assert len({found[name] for name in ("00.png", "10.png", "20.png")}) == 1
    assert found["30.png"] != found["00.png"]
    workspace.pairs.put(tied)
    assert set(sides(workspace, freeze(workspace, tune_share=0)).values()) == {"train"}
    workspace.pairs.judge(tied[0].first, tied[0].second, "different", "Ada")
    found = sides(workspace, freeze(workspace, tune_share=0))
    assert set(found.values()) == {"train", "val"}
    assert found["10.png"] == found["20.png"] == found["30.png"]


def test_a_random_split_of_single_pictures_passes_until_a_copy_is_found(workspace):
    for image in workspace.images.find():
        workspace.images.assign(image.id, sequence=image.name)
    dataset = freeze(workspace, split_by="image", seed=3)
    assert dataset.options["split_by"] == "image"
    found = sides(workspace, dataset)
    by_name = {i.name: i.id for i in workspace.images.find()}
    learned = next(name for name, side in found.items() if side == "train")
    held_out = next(name for name, side in found.items() if side == "val")
    first, second = sorted((by_name[learned], by_name[held_out]))
    reason = "same picture, cropped 12 %, flipped"
    workspace.pairs.put([ImagePair(first=first, second=second, kind="copy", distance=3, reason=reason)])
    with pytest.raises(DatasetError, match="cropped 12 %, flipped"):
        freeze(workspace, split_by="image", seed=3)


def test_a_published_split_is_kept_and_its_warning_names_the_recording(workspace):
    held_out = ("03.png", "04.png")
    for image in workspace.images.find():
        part = "val" if image.name in held_out else "train"
        workspace.labels.open(image, "land-cover", official_part=part)
    dataset = freeze(workspace, split_by="image")
    assert {name for name, side in sides(workspace, dataset).items() if side == "val"} == set(held_out)
    (warning,) = [w for w in dataset.warnings if "published split" in w]
    assert "recording drive 0" in warning
    assert "2 held-out windows" in warning


def test_images_taken_out_of_the_lists_are_not_learned(workspace):
    gone = [i.id for i in workspace.images.find()][:6]
    workspace.images.set_removed(gone, is_removed=True)
    assert not {i.image_id for i in freeze(workspace).items} & set(gone)
