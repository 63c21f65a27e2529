"""Fingerprints and pairs: what is kept, what counts as the same, and what a person's word changes."""

import numpy as np
import pytest
from PIL import Image as Pillow

from townscape.core.errors import NotFound, UsageError
from townscape.core.image_hash import HASH_BYTES, hash_picture, n_crops
from townscape.workspace import create_workspace
from townscape.workspace.fingerprints import Fingerprint
from townscape.workspace.pairs import ImagePair


@pytest.fixture
def workspace(tmp_path):
    with create_workspace(tmp_path / "w") as opened:
        yield opened


def take(workspace, tmp_path, name, seed):
    noise = np.random.default_rng(seed).integers(0, 255, (40, 50, 3), dtype=np.uint8)
    Pillow.fromarray(noise).save(tmp_path / name)
    image, _ = workspace.images.take_in(tmp_path / name, name=name)
    return image


def made_of(image, seed=0, **more):
    gray = np.random.default_rng(seed).integers(0, 255, (90, 90), dtype=np.uint8)
    return Fingerprint(image_id=image.id, version=image.version, hashes=hash_picture(gray), **more)


@pytest.fixture
def three(workspace, tmp_path):
    return [take(workspace, tmp_path, f"{name}.png", seed) for seed, name in enumerate("abc")]


def test_only_images_without_a_fingerprint_of_their_pixels_are_missing(workspace, three):
    prints = workspace.fingerprints
    assert prints.missing(three) == three
    prints.put([made_of(three[0]), made_of(three[1])])
    assert prints.missing(three) == [three[2]]
    old = made_of(three[2])
    prints.put([Fingerprint(image_id=old.image_id, version="other pixels", hashes=old.hashes)])
    assert prints.missing(three) == [three[2]]
    prints.put([old])
    assert prints.missing(three) == []
    prints.forget([three[0].id])
    assert prints.missing(three) == [three[0]]
    assert prints.get(three[0].id) is None


def test_the_table_holds_what_was_put_in_the_order_of_the_ids(workspace, three):
    made = [made_of(image, seed) for seed, image in enumerate(three)]
    workspace.fingerprints.put(reversed(made))
    table = workspace.fingerprints.table()
    assert table.ids == sorted(image.id for image in three)
    assert [row.tobytes() for row in table.whole] == [m.hashes.whole for m in made]
    assert [row.tobytes() for row in table.flipped] == [m.hashes.flipped for m in made]
    assert [row.tobytes() for row in table.crops] == [m.hashes.crops for m in made]
    assert table.crops.shape == (3, n_crops(), HASH_BYTES)
    assert workspace.fingerprints.table([three[1].id], crops=False).crops.shape == (1, 0, HASH_BYTES)
    assert len(workspace.fingerprints.table([])) == 0
    longer = workspace.fingerprints.table([three[0].id]).with_one(made[1])
    assert longer.ids == table.ids[:2]
    assert np.array_equal(longer.crops, table.crops[:2])


def test_an_image_that_comes_back_is_compared_again(workspace, three):
    workspace.fingerprints.put(made_of(image) for image in three)
    workspace.fingerprints.mark_compared([image.id for image in three], "all ways")
    workspace.images.set_removed([three[1].id], is_removed=True)
    assert workspace.fingerprints.table().compared == ["all ways"] * 2
    workspace.images.set_removed([three[1].id], is_removed=False)
    assert workspace.fingerprints.table().compared == ["all ways", None, "all ways"]


def test_equal_files_and_equal_pixels_are_grouped(workspace, tmp_path, three):
    (tmp_path / "again.png").write_bytes((tmp_path / "a.png").read_bytes())
    again, _ = workspace.images.take_in(tmp_path / "again.png", name="again.png")
    assert workspace.fingerprints.equal_bytes() == [[three[0].id, again.id]]
    workspace.fingerprints.put(
        [made_of(three[1], pixels_sha256="x"), made_of(three[2], pixels_sha256="x"), made_of(again)]
    )
    assert workspace.fingerprints.equal_pixels() == [[three[1].id, three[2].id]]
    workspace.images.set_removed([again.id], is_removed=True)
    assert workspace.fingerprints.equal_bytes() == []


def pair(a, b, kind="copy", distance=5, **more):
    return ImagePair(first=a.id, second=b.id, kind=kind, distance=distance, reason="same picture", **more)


def test_a_pair_holds_by_its_kind_until_a_person_says_otherwise(workspace, three):
    a, b, c = three
    pairs = workspace.pairs
    pairs.put([pair(b, a), pair(a, c, "similar"), pair(b, c, "moment")])
    assert pairs.same() == [(a.id, b.id), (b.id, c.id)]
    before = pairs.judge(b.id, a.id, "different", "Ada")
    assert before.verdict is None
    pairs.judge(a.id, c.id, "same", "Ada")
    assert pairs.same() == [(a.id, c.id), (b.id, c.id)]
    assert pairs.get(a.id, b.id).person == "Ada"
    assert not pairs.get(a.id, b.id).holds
    pairs.judge(a.id, b.id, before.verdict, "Ada")  # undo
    assert pairs.same() == [(a.id, b.id), (a.id, c.id), (b.id, c.id)]
    assert pairs.get(a.id, b.id).person is None


def test_finding_a_pair_again_keeps_what_was_said_of_it(workspace, three):
    a, b, _ = three
    workspace.pairs.put([pair(a, b)])
    workspace.pairs.judge(a.id, b.id, "different", "Ada")
    workspace.pairs.put([pair(a, b, "moment", 9)])
    found = workspace.pairs.get(a.id, b.id)
    assert (found.kind, found.distance, found.verdict, found.person) == ("moment", 9, "different", "Ada")
    assert workspace.pairs.forget([a.id]) == 0
    workspace.pairs.judge(a.id, b.id, None, None)
    assert workspace.pairs.forget([b.id]) == 1
    with pytest.raises(NotFound):
        workspace.pairs.get(a.id, b.id)


def test_pairs_are_listed_surest_first_in_pages_and_by_kind(workspace, three):
    a, b, c = three
    workspace.pairs.put([pair(a, b, "moment", 1), pair(a, c, "copy", 60), pair(b, c, "copy", 7)])
    assert [(p.kind, p.distance) for p in workspace.pairs.find()] == [
        ("copy", 7),
        ("copy", 60),
        ("moment", 1),
    ]
    assert [p.distance for p in workspace.pairs.find(offset=1, limit=1)] == [60]
    assert workspace.pairs.count(kinds=("copy",), image_id=a.id) == 1
    assert workspace.pairs.count_by_kind() == {"copy": 2, "moment": 1}
    workspace.pairs.judge(a.id, b.id, "different", None)
    assert workspace.pairs.count_by_kind() == {"copy": 2}
    assert [p.kind for p in workspace.pairs.find(verdict="different")] == ["moment"]
    assert workspace.pairs.count(verdict="none") == 2
    workspace.images.set_removed([c.id], is_removed=True)
    assert [p.kind for p in workspace.pairs.find()] == ["moment"]


def test_an_image_is_no_pair_with_itself(workspace, three):
    with pytest.raises(UsageError, match="itself"):
        workspace.pairs.put([pair(three[0], three[0])])
