"""CVAT's XML: its documentation's own example, the order of painting, videos, and bad input."""

import pickle
import re

import numpy as np
import pytest

from townscape.core.errors import InputError
from townscape.formats.codecs.png import encode_rgb
from townscape.formats.codecs.xml_stream import XmlFile, quoted, text
from townscape.formats.cvat.masks import mask_of, mask_of_points, mask_of_rle
from townscape.formats.cvat.shapes import Shape, paint
from townscape.formats.files import Files, Out
from townscape.formats.format import ExportClass, Item, Plan
from townscape.formats.kinds import cvat, detect_one
from townscape.formats.labels import ExportLabels, ExportObject

HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>\n'
META = """<meta><task><id>4</id><name>street</name><size>2</size><mode>annotation</mode><labels>
<label><name>car</name><color>#00008E</color><type>any</type><attributes>
<attribute><name>is_crowd</name><mutable>False</mutable><input_type>checkbox</input_type>
<default_value>false</default_value><values>false</values></attribute>
<attribute><name>lanes</name><mutable>False</mutable><input_type>number</input_type>
<default_value>1</default_value><values>1\n4\n1</values></attribute>
</attributes></label>
<label><name>road</name><attributes></attributes></label>
</labels></task></meta>
"""
CIRCLE = "3, 5, 7, 7, 5, 9, 3, 11, 2, 11, 2, 12, 1, 12, 1, 26, 1, 12, 1, 12, 2, 11, 3, 9, 5, 7, 7, 5, 3"


def opened(folder, body, *, meta=META, name="annotations.xml"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{HEAD}{meta}{body}</annotations>\n", "utf-8")
    return cvat.read(Files.of(folder))


def one(folder, shapes, *, width=10, height=8):
    image = f'<image id="0" name="a.png" width="{width}" height="{height}">{shapes}</image>'
    source = opened(folder, image)
    return source.labels(source.pictures[0])


def values(labels):
    names = np.array(["", *(s.value for s in labels.slots)], dtype=object)
    return names[labels.plane_hw]


def test_the_example_of_the_documentation(tmp_path):
    """docs.cvat.ai, XML annotation format, version 1.1: `mask` with 13 × 15 pixels, `box` of a plate."""
    shapes = f"""
    <box label="plate" xtl="797.33" ytl="870.92" xbr="965.52" ybr="928.94" occluded="0" z_order="4"></box>
    <polyline label="traffic_line" points="462.10,0.00;126.80,1200.00" occluded="0" z_order="3"></polyline>
    <points label="wheel" points="574.90,939.48;1170.16,907.90" occluded="0" z_order="5"></points>
    <tag label="good_frame" source="manual"></tag>
    <skeleton label="s1" source="manual" z_order="0">
      <points label="1" occluded="0" source="manual" outside="0" points="54.47,94.81"></points></skeleton>
    <mask label="car" source="manual" occluded="0" rle="{CIRCLE}" left="707" top="888" width="13"
      height="15" z_order="0"></mask>"""
    labels = one(tmp_path, shapes, width=1600, height=1200)
    counts = [int(n) for n in CIRCLE.split(",")]
    found = values(labels)
    assert np.count_nonzero(found == "car") == sum(counts[1::2])
    assert (found[895, 707:720] == "car").all()
    assert found[888, 709:716].tolist() == ["", *["car"] * 5, ""]
    assert np.count_nonzero(found == "plate") == (966 - 797) * (929 - 871)
    assert labels.repairs == {
        "polyline shapes, which have no area": 1,
        "points shapes, which have no area": 1,
        "skeleton shapes, which have no area": 1,
    }


def test_masks_are_the_same_as_in_the_rest_interface():
    """cvat_sdk.masks: counts begin with zeros, the box is tight and its last corner inclusive."""
    plane = np.zeros((5, 6), dtype=bool)
    plane[1, 2:4] = plane[2, 2:5] = True
    assert mask_of(plane).points() == [0, 2, 1, 3, 2, 1, 4, 2]
    assert mask_of(plane).rle() == "0, 2, 1, 3"
    assert mask_of(np.zeros((3, 3), dtype=bool)).points() == [1, 0, 0, 0, 0]
    again = np.zeros(30, dtype=bool)
    again[mask_of_points([0.0, 2.0, 1.0, 3.0, 2.0, 1.0, 4.0, 2.0]).runs(5, 6).indices()] = True
    assert np.array_equal(again.reshape(5, 6), plane)


@pytest.mark.parametrize(
    "points",
    [[], [1, 2, 3], [1.5, 0, 0, 0, 0], [float("nan"), 0, 0, 0, 0], [1e300, 0, 0, 0, 0], ["x"] * 6, None],
)
def test_points_that_are_no_mask_are_refused(points):
    with pytest.raises(ValueError, match=r"numbers|it has"):
        mask_of_points(points)


@pytest.mark.parametrize(
    "points",
    [
        [3, 1, 0, 0, 1, 2],  # four of six pixels
        [3, -1, 4, 0, 0, 1, 2],
        [6, 0, 0, 9, 2],  # outside
        [6, -1, 0, 0, 2],
        [6, 1, 2, 0, 0],  # turned round
        [10**11, 0, 0, 10**6, 10**5],
    ],
)
def test_masks_that_do_not_fill_a_box_of_the_image_are_refused(points):
    with pytest.raises(ValueError, match=r"box|run length"):
        mask_of_points(points).runs(4, 5)


@pytest.mark.parametrize("rle", ["", "1,,2", "1, x", "1; 2", "1, 2,", "-1, 2", "1.5", "9" * 40])
def test_text_that_is_no_list_of_counts_is_refused(rle):
    with pytest.raises(ValueError, match="no whole numbers"):
        mask_of_rle(rle, left=0, top=0, width=1, height=1)


def test_higher_z_order_lies_on_top_then_what_comes_later(tmp_path):
    box = '<box label="{}" xtl="{}" ytl="0" xbr="{}" ybr="8" z_order="{}"/>'
    labels = one(
        tmp_path, box.format("top", 0, 3, 1) + box.format("road", 0, 10, 0) + box.format("car", 2, 6, 0)
    )
    assert values(labels)[4].tolist() == ["top"] * 3 + ["car"] * 3 + ["road"] * 4
    assert labels.overlap_px == 8 * (4 + 3)


def test_polygons_follow_cocos_rule_and_groups_are_one_object(tmp_path):
    shapes = """
    <polygon label="car" points="1.00,1.00;4.00,1.00;4.00,4.00;1.00,4.00" z_order="0" group_id="7"/>
    <polygon label="car" points="6,1;8,1;8,4;6,4" z_order="0" group_id="7"/>
    <polygon label="car" points="1,5;4,5;4,7;1,7;" z_order="0"/>
    <mask label="car" rle="0, 2" left="6" top="6" width="2" height="1" z_order="0">
      <attribute name="is_crowd">true</attribute></mask>"""
    labels = one(tmp_path, shapes)
    first, second, third, crowd = labels.slots
    assert first.object == second.object != third.object
    assert third.object is not None
    assert crowd.object is None
    assert crowd.attributes == {}
    assert np.argwhere(labels.plane_hw == 1).tolist() == [[r, c] for r in (1, 2, 3) for c in (1, 2, 3)]


def test_turned_boxes_and_ellipses_are_painted(tmp_path):
    shapes = (
        '<box label="car" xtl="2" ytl="3" xbr="8" ybr="5" rotation="90.00" z_order="0"/>'
        '<ellipse label="road" cx="2" cy="2" rx="1" ry="2" z_order="1"/>'
    )
    found = values(one(tmp_path, shapes, width=10, height=8))
    assert np.argwhere(found == "car").tolist() == [[r, c] for r in range(1, 7) for c in (4, 5)]
    assert found[0, 2] == found[4, 2] == found[2, 1] == found[2, 3] == "road"
    assert found[2, 0] == found[5, 2] == ""


def test_attributes_have_the_type_that_the_head_says(tmp_path):
    shapes = """<mask label="car" rle="0, 1" left="0" top="0" width="1" height="1" z_order="0">
      <attribute name="lanes">3</attribute><attribute name="plate">01</attribute>
      <attribute name="empty"></attribute></mask>"""
    assert one(tmp_path, shapes).slots[0].attributes == {"lanes": 3, "plate": "01", "empty": ""}


def test_classes_have_colours_and_the_kind_that_the_attribute_tells(tmp_path):
    source = opened(tmp_path, '<image id="0" name="a.png" width="2" height="2"/>')
    assert [(c.value, c.color, c.kind) for c in source.classes] == [
        ("car", "#00008e", "thing"),
        ("road", None, None),
    ]


def test_shapes_that_cannot_be_used_are_left_out_and_counted(tmp_path):
    shapes = """
    <polygon label="car" points="1,1;2,2" z_order="0"/>
    <polygon label="car" points="1,1;nan,2;3,3" z_order="0"/>
    <polygon label="car" points="1,1;2" z_order="0"/>
    <polygon label="car" z_order="0"/>
    <polygon label="car" points="-5,-5;3,-5;3,3;-5,3" z_order="x"/>
    <polygon label="car" points="1e9,1e9;2e9,1e9;2e9,2e9" z_order="0"/>
    <box label="car" xtl="1" ytl="inf" xbr="3" ybr="3"/>
    <box label="car" xtl="1"/>
    <ellipse label="car" cx="1e9" cy="1" rx="1e12" ry="1"/>
    <ellipse label="car" cx="-50" cy="-50" rx="2" ry="2"/>
    <mask label="car" rle="1, 2" left="0" top="0" width="2" height="2" z_order="0"/>
    <mask label="car" rle="0, 4" left="9" top="0" width="2" height="2" z_order="0"/>
    <mask label="car" rle="0, 999999999999" left="0" top="0" width="999999999" height="1000" z_order="0"/>
    <mask label="car" rle="4" left="0" top="0" width="2" height="2" z_order="0"/>
    <mask label="car" left="0" top="0" width="2" height="2" z_order="0"/>"""
    labels = one(tmp_path, shapes)
    assert np.argwhere(labels.plane_hw).tolist() == [[r, c] for r in range(3) for c in range(3)]
    assert labels.repairs == {
        "polygons with fewer than 3 points": 1,
        "polygon shapes whose numbers cannot be read": 3,
        "polygons cut off at the image's edge": 2,
        "rectangles with coordinates that are no numbers": 1,
        "rectangle shapes whose numbers cannot be read": 1,
        "ellipses much larger than their image": 1,
        "ellipses outside of their image": 1,
        "masks left out: its run lengths fill 3 of 4 pixels": 1,
        "masks left out: its box does not lie in the image": 2,
        "shapes of which no pixel is to be seen": 2,
        "mask shapes whose numbers cannot be read": 1,
    }


def test_images_are_found_whatever_the_path_and_named_apart(tmp_path):
    for place in ("images/train/a.png", "images/val/a.png", "images/sub/Straße.PNG"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(b"")
    source = opened(
        tmp_path,
        '<image id="0" name="a.png" subset="train" task_id="0" width="2" height="2"/>'
        '<image id="0" name="a.png" subset="val" task_id="1" width="2" height="2"/>'
        '<image id="1" name="a.png" subset="val" task_id="1" width="2" height="2"/>'
        '<image id="2" name="sub\\straße.png" width="2" height="2"/>'
        '<image id="3" name="../../etc/passwd" width="2" height="2"/>'
        '<image id="4" name="" width="2" height="2"/>',
    )
    assert [(p.name, p.part, p.image and p.image.parent.name) for p in source.pictures] == [
        ("train/a.png", "train", "train"),
        ("val/a.png", "val", "val"),
        ("sub/straße.png", None, "sub"),
        ("../../etc/passwd", None, None),
    ]
    assert [name for name, _ in source.problems] == ["val/a.png", "annotations.xml"]


def test_images_that_are_not_listed_are_told(tmp_path):
    (tmp_path / "b.png").write_bytes(b"")
    source = opened(tmp_path, '<image id="0" name="a.png" width="2" height="2"/>')
    assert source.notes == ["1 images are not listed in annotations.xml."]


def test_a_size_that_cannot_be_is_refused_and_a_missing_one_is_looked_up(tmp_path):
    (tmp_path / "b.png").write_bytes(encode_rgb(np.zeros((3, 4, 3), dtype=np.uint8)))
    source = opened(
        tmp_path,
        '<image id="0" name="a.png" width="10000000" height="10000000"/><image id="1" name="b.png"/>',
    )
    with pytest.raises(InputError, match=r"annotations\.xml \(a\.png\)"):
        source.labels(source.pictures[0])
    assert source.labels(source.pictures[1]).plane_hw.shape == (3, 4)


def test_videos_are_read_frame_by_frame(tmp_path):
    """A frame's shapes are those that are in the file; nothing is worked out between keyframes."""
    meta = META.replace("</task>", "<original_size><width>6</width><height>4</height></original_size></task>")
    box = '<box frame="{}" outside="{}" keyframe="1" xtl="{}" ytl="0" xbr="{}" ybr="4" z_order="0"/>'
    tracks = (
        '<track id="0" label="car">'
        + box.format(0, 0, 0, 2)
        + box.format(1, 0, 1, 3)
        + box.format(4, 0, 2, 4)
        + box.format(5, 1, 2, 4)
        + "</track>"
        '<track id="1" label="road"><mask frame="1" outside="0" keyframe="1" rle="0, 2" left="4" top="0"'
        ' width="2" height="1" z_order="0"></mask></track>'
    )
    for frame in range(4):
        (tmp_path / "images").mkdir(exist_ok=True)
        (tmp_path / f"images/frame_{frame:06d}.PNG").write_bytes(b"")
    source = opened(tmp_path, tracks, meta=meta)
    assert [p.name for p in source.pictures] == [
        *(f"frame_{frame:06d}.PNG" for frame in range(4)), "frame_000004",
    ]  # fmt: skip
    assert {p.sequence for p in source.pictures} == {"street"}
    read = [source.labels(p) for p in source.pictures]
    assert values(read[0])[0].tolist() == ["car", "car", "", "", "", ""]
    assert values(read[1])[0].tolist() == ["", "car", "car", "", "road", "road"]
    assert read[0].slots[0].object == read[1].slots[0].object
    assert [sum(r.repairs.values()) for r in read] == [0, 0, 1, 1, 0]


def test_frames_of_a_folder_of_images_are_in_the_order_of_their_names(tmp_path):
    meta = META.replace("</task>", "<original_size><width>6</width><height>4</height></original_size></task>")
    (tmp_path / "images").mkdir()
    for name in ("10.png", "2.png"):
        (tmp_path / "images" / name).write_bytes(b"")
    track = '<track id="0" label="car"><box frame="1" outside="0" xtl="0" ytl="0" xbr="1" ybr="1"/></track>'
    source = opened(tmp_path, track, meta=meta)
    assert [p.name for p in source.pictures] == ["2.png", "10.png"]
    assert source.labels(source.pictures[1]).plane_hw.any()
    assert "order of their names" in source.notes[0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (f"{HEAD}{META}<image id='0' name='a.png' width='2' height='2'>\n<mask rle=", "line 16"),
        (f"{HEAD}{META}<image></track></annotations>", "line 15"),
        ('<!DOCTYPE a [<!ENTITY b "c">]>\n<annotations><meta/>&b;</annotations>', "DOCTYPE"),
        ('<?xml version="1.0" encoding="latin-1"?>\n<annotations><meta/></annotations>', "latin-1"),
        ("<annotations><meta/></annotations>", "names no image"),
        ("<annotation><folder/></annotation>", "no XML file"),
        ("", "no XML file"),
    ],
)
def test_damaged_files_are_refused_and_named(tmp_path, content, message):
    (tmp_path / "annotations.xml").write_text(content, "utf-8")
    with pytest.raises(InputError, match=message):
        cvat.read(Files.of(tmp_path))


def test_an_entity_is_not_followed(tmp_path):
    (tmp_path / "annotations.xml").write_text("<annotations><meta/><image>&xxe;</image></annotations>")
    with pytest.raises(InputError, match="line 1"):
        cvat.read(Files.of(tmp_path))


def test_elements_are_found_with_their_ends(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text('<r><!-- <i/> --><i a="/>" b=\'"\'/><i>é<i/></i ><j><i/></j></r>', "utf-8")
    content = path.read_bytes()
    found = list(XmlFile(path).elements(("r", "i")))
    assert [content[f.span.start : f.span.end].decode() for f in found] == [
        '<i a="/>" b=\'"\'/>',
        "<i>é<i/></i >",
    ]


def test_what_xml_has_no_place_for_is_replaced():
    assert text("a<b>&\r\n\0\ud800") == "a&lt;b&gt;&amp;&#13;\n\ufffd\ufffd"
    assert quoted('"\t\n') == '"&quot;&#9;&#10;"'


def test_what_is_hidden_is_left_out_and_counted():
    under = Shape("rectangle", "car", [0, 0, 2, 2])
    labels = paint([under, Shape("rectangle", "road", [0, 0, 3, 3])], 4, 4)
    assert [s.value for s in labels.slots] == ["road"]
    assert labels.plane_hw.max() == 1
    assert (labels.overlap_px, labels.repairs) == (4, {"shapes of which no pixel is to be seen": 1})


def export(folder, variant, parts, objects):
    out = Out(folder)
    classes = [ExportClass("car", "#00008e", "thing"), ExportClass("road", "#804080", "stuff")]
    writer = pickle.loads(pickle.dumps(cvat.write(out, Plan("A & B", classes, variant, parts=parts))))
    plane = np.full((4, 6), 2, dtype=np.uint16)
    plane[0, :] = 1
    numbers = np.zeros(plane.shape, dtype=np.uint32)
    numbers[0, 0] = numbers[0, 2] = 1
    for k, part in enumerate(parts):
        item = Item(f"straße_{k}", 6, 4, part, ".png", lambda: b"")
        out.put(writer.image_path(item), b"")
        writer.add(out, item, writer.encode(item, ExportLabels(plane, numbers, objects)).entry)
    writer.close(out)
    out.close()
    return (folder / "annotations.xml").read_text("utf-8")


def test_attributes_are_declared_and_come_back_with_their_type(tmp_path):
    own = {"occluded": True, "age": 3, "speed": 0.5, "note": 'x <y> & "z"\r\n', "is_crowd": "no"}
    written = export(tmp_path, "rle", ("default",), [ExportObject(1, own)])
    assert re.findall(r"<name>(\w+)</name>\s*<mutable>False</mutable>\s*<input_type>(\w+)", written) == [
        ("is_crowd", "checkbox"), ("age", "number"), ("is_crowd_2", "text"), ("note", "text"),
        ("occluded", "checkbox"), ("speed", "number"), ("is_crowd", "checkbox"),
    ]  # fmt: skip
    source = cvat.read(Files.of(tmp_path))
    slots = source.labels(source.pictures[0]).slots
    assert [s.attributes for s in slots if s.object is not None] == [
        {"occluded": True, "age": 3, "speed": 0.5, "note": 'x <y> & "z"\r\n', "is_crowd_2": "no"}
    ]
    assert [c.kind for c in source.classes] == ["thing", "stuff"]


def test_parts_are_subsets_and_polygons_of_one_object_a_group(tmp_path):
    written = export(tmp_path, "polygons", ("train", "val"), [ExportObject(1)])
    assert (tmp_path / "images/train/straße_0.png").exists()
    assert '<image id="0" name="straße_1.png" subset="val" task_id="1" width="6" height="4">' in written
    assert written.count('group_id="3"') == 4
    assert 'points="0.00,0.00;1.00,0.00;1.00,1.00;0.00,1.00"' in written
    assert detect_one(Files.of(tmp_path)).name == "cvat"
