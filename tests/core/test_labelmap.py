"""Label maps: one plane, three views; unlabelled, ignore and objects keep apart."""

import numpy as np
import pytest
from hypothesis import given

from townscape.core.errors import LabelError
from townscape.core.labelmap import (
    FIRST_OBJECT,
    IGNORE,
    NO_CHANNEL,
    UNLABELLED,
    LabelMap,
    ObjectRow,
    channel_by_class_number,
    class_number_by_channel,
    draw_view,
    objects_from_regions,
)
from townscape.core.taxonomy import LabelClass, Taxonomy, read_taxonomy
from townscape.testing.strategies import segment_planes

CAMVID = read_taxonomy("camvid")
CAR, SKY = CAMVID.get_class("car"), CAMVID.get_class("sky")


def test_objects_read_as_their_class_and_classes_as_themselves():
    segments = np.array([[UNLABELLED, SKY.number, IGNORE, FIRST_OBJECT, FIRST_OBJECT + 7]], dtype=np.uint32)
    rows = {
        FIRST_OBJECT: ObjectRow(FIRST_OBJECT, CAR.number),
        FIRST_OBJECT + 7: ObjectRow(FIRST_OBJECT + 7, 10),
    }
    label_map = LabelMap(segments, rows)
    assert label_map.class_numbers(CAMVID).tolist() == [[0, SKY.number, IGNORE, CAR.number, 10]]
    assert label_map.channels(CAMVID).tolist() == [[NO_CHANNEL, 0, NO_CHANNEL, 8, 9]]
    assert label_map.labelled_share() == pytest.approx(0.8)


@given(segment_planes(height=7, width=5))
def test_channels_and_class_numbers_are_inverse_where_they_exist(plane):
    channels = LabelMap(plane).channels(CAMVID)
    back = class_number_by_channel(CAMVID)[channels]
    counted = channels != NO_CHANNEL
    assert np.array_equal(back[counted], plane[counted])
    assert (back[~counted] == UNLABELLED).all()


def test_merged_classes_are_resolved_on_read():
    merged = CAMVID.model_copy(
        update={
            "classes": tuple(
                c.model_copy(update={"merged_into": SKY.number}) if c.key == "tree" else c
                for c in CAMVID.classes
            )
        }
    )
    taxonomy = Taxonomy.model_validate(merged.model_dump())
    tree = CAMVID.get_class("tree").number
    assert LabelMap(np.array([[tree]], dtype=np.uint32)).class_numbers(taxonomy).tolist() == [[SKY.number]]
    assert channel_by_class_number(taxonomy)[tree] == channel_by_class_number(taxonomy)[SKY.number]


def test_a_class_number_that_the_taxonomy_lacks_is_an_error():
    with pytest.raises(LabelError, match="99"):
        LabelMap(np.array([[99]], dtype=np.uint32)).class_numbers(CAMVID)


def test_an_object_without_a_row_is_an_error():
    with pytest.raises(LabelError, match="no row"):
        LabelMap(np.array([[FIRST_OBJECT]], dtype=np.uint32)).class_numbers(CAMVID)


def test_more_classes_than_channels_is_a_stated_error():
    many = Taxonomy(
        name="many",
        classes=tuple(
            LabelClass(number=k, key=f"c{k}", name=f"C{k}", color="#000000") for k in range(1, 300)
        ),
    )
    with pytest.raises(LabelError, match="299 classes"):
        channel_by_class_number(many)


def test_the_three_views_of_one_plane():
    segments = np.full((9, 9), SKY.number, dtype=np.uint32)
    segments[2:5, 2:5] = FIRST_OBJECT
    segments[5:8, 2:5] = FIRST_OBJECT + 1
    rows = {i: ObjectRow(i, CAR.number) for i in (FIRST_OBJECT, FIRST_OBJECT + 1)}
    label_map = LabelMap(segments, rows)
    semantic, instance, panoptic = (
        draw_view(label_map, CAMVID, v) for v in ("semantic", "instance", "panoptic")
    )
    assert semantic[3, 3].tolist() == semantic[6, 3].tolist() == list(CAR.rgb)
    assert instance[0, 0].tolist() == [0, 0, 0]
    assert instance[3, 3].tolist() != instance[6, 3].tolist()
    assert panoptic[0, 0].tolist() == list(SKY.rgb)
    assert panoptic[3, 3].tolist() != panoptic[6, 3].tolist()


def test_regions_stand_in_for_objects():
    plane = np.zeros((6, 9), dtype=np.uint32)
    plane[1:3, 1:3] = CAR.number
    plane[1:3, 6:8] = CAR.number
    plane[4, :] = SKY.number
    found = objects_from_regions(plane, [CAR.number])
    assert {row.class_number for row in found.objects.values()} == {CAR.number}
    assert len(found.objects) == len(np.unique(found.segments_hw[plane == CAR.number])) == 2
    assert (found.segments_hw[4] == SKY.number).all()
    assert np.array_equal(found.class_numbers(CAMVID), plane)
