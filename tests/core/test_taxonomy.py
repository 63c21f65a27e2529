"""Taxonomies: identities are unique, names and colours are found, versions resolve merges."""

import json

import pytest
from pydantic import ValidationError

from townscape.core.errors import InputError, NotFound
from townscape.core.taxonomy import LabelClass, Taxonomy, builtin_names, parse_taxonomy, read_taxonomy

EXPECTED_SIZES = {"camvid": 11, "cityscapes": 19, "land-cover": 8, "pascal-voc": 21}


def make(*classes, **values):
    return Taxonomy(name="t", classes=tuple(classes), **values)


def label_class(number, key=None, **values):
    return LabelClass(
        number=number, key=key or f"c{number}", name=key or f"C {number}", color="#102030", **values
    )


def test_the_built_in_taxonomies_are_the_four_promised():
    assert {name: len(read_taxonomy(name).channels) for name in builtin_names()} == EXPECTED_SIZES


@pytest.mark.parametrize("name", builtin_names())
def test_colors_of_built_in_classes_are_distinct(name):
    colors = [c.color for c in read_taxonomy(name).classes]
    assert len(set(colors)) == len(colors)


def test_camvid_colors_are_the_usual_ones():
    colors = {c.key: c.rgb for c in read_taxonomy("camvid").classes}
    assert colors["sky"] == (128, 128, 128)
    assert colors["pavement"] == (60, 40, 222)
    assert colors["bicyclist"] == (0, 128, 192)


def test_voc_colors_follow_the_bit_shuffle():
    colors = {c.key: c.rgb for c in read_taxonomy("pascal-voc").classes}
    assert colors["background"] == (0, 0, 0)
    assert colors["aeroplane"] == (128, 0, 0)
    assert colors["tv-monitor"] == (0, 64, 128)


@pytest.mark.parametrize("what", ["number", "key", "name"])
def test_two_classes_may_not_share_an_identity(what):
    one = label_class(1, "one")
    other = label_class(2, "two").model_copy(update={what: getattr(one, what)})
    with pytest.raises(ValidationError, match=f"two classes have the {what}"):
        make(one, other)


@pytest.mark.parametrize("number", [0, 65_535, 70_000])
def test_class_numbers_keep_clear_of_unlabelled_ignore_and_objects(number):
    with pytest.raises(ValidationError):
        label_class(number)


def test_merged_classes_resolve_to_their_target_and_have_no_channel():
    taxonomy = make(label_class(1), label_class(2, merged_into=1), label_class(5))
    assert taxonomy.resolved == {1: 1, 2: 1, 5: 5}
    assert taxonomy.channels == (1, 5)
    assert [c.number for c in taxonomy.active] == [1, 5]


def test_merging_into_nothing_or_into_a_merged_class_is_refused():
    with pytest.raises(ValidationError, match="no other class"):
        make(label_class(1), label_class(2, merged_into=9))
    with pytest.raises(ValidationError, match="merged itself"):
        make(label_class(1), label_class(2, merged_into=1), label_class(3, merged_into=2))


def test_display_order_changes_neither_numbers_nor_channels():
    taxonomy = make(label_class(1, display_order=5), label_class(2))
    assert [c.number for c in taxonomy.active] == [2, 1]
    assert taxonomy.channels == (1, 2)


def test_names_are_found_without_case_and_punctuation_and_by_alias():
    taxonomy = read_taxonomy("cityscapes")
    found = {
        name: taxonomy.find_by_name(name)
        for name in ("Traffic Light", "traffic_light", "PEDESTRIAN", "zebra")
    }
    assert {name: c.key if c else None for name, c in found.items()} == {
        "Traffic Light": "traffic-light",
        "traffic_light": "traffic-light",
        "PEDESTRIAN": "person",
        "zebra": None,
    }


def test_a_color_that_two_classes_share_finds_none():
    assert make(label_class(1), label_class(2)).find_by_color("#102030") is None


def test_unknown_classes_are_named_with_those_that_exist():
    with pytest.raises(NotFound) as caught:
        read_taxonomy("camvid").get_class("lamp")
    assert "bicyclist" in (caught.value.hint or "")


def test_traits_come_from_the_class_or_from_what_its_key_is_known_for():
    taxonomy = make(
        label_class(1, "vegetation"), label_class(2, "hedge", traits=("green",)), label_class(3, "lamp")
    )
    assert [c.key for c in taxonomy.with_trait("green")] == ["vegetation", "hedge"]


def test_a_list_of_titles_and_colors_becomes_a_taxonomy(tmp_path):
    content = {
        "classes": [
            {"title": "Land (unpaved area)", "color": "#F5A623"},
            {"title": "Unlabeled", "color": "#9B9B9B"},
        ]
    }
    path = tmp_path / "classes.json"
    path.write_text(json.dumps(content))
    taxonomy = read_taxonomy(path)
    assert [(c.number, c.key, c.color) for c in taxonomy.classes] == [(1, "land-unpaved-area", "#f5a623")]
    assert taxonomy.ignore_colors == ("#9b9b9b",)


def test_a_file_that_is_no_taxonomy_says_which_field_is_wrong(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\n[[class]]\nnumber = 1\nkey = "A b"\nname = "A"\ncolor = "#102030"\n')
    with pytest.raises(InputError, match=r"classes\.0\.key"):
        read_taxonomy(path)


def test_a_missing_taxonomy_names_the_built_in_ones():
    with pytest.raises(NotFound, match="no taxonomy called") as caught:
        read_taxonomy("camvidd")
    assert "camvid" in (caught.value.hint or "")


@pytest.mark.parametrize("name", builtin_names())
def test_a_taxonomy_survives_json(name):
    taxonomy = read_taxonomy(name)
    assert parse_taxonomy(json.loads(taxonomy.model_dump_json()), origin="json") == taxonomy
