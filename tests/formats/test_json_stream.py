"""Elements of big JSON files, found without parsing the rest."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townscape.core.errors import InputError
from townscape.formats.codecs.json_stream import JsonFile

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=30,
)


@given(
    content=st.dictionaries(st.text(), VALUES, max_size=5) | st.lists(VALUES, max_size=5),
    indent=st.sampled_from([None, 1]),
    ascii_only=st.booleans(),
)
def test_every_element_is_found(tmp_path, content, indent, ascii_only):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content, indent=indent, ensure_ascii=ascii_only), "utf-8")
    members = content if isinstance(content, dict) else {"": content}
    wanted = [(k, e) for k, v in members.items() for e in (v if isinstance(v, list) else [v])]
    document = JsonFile(path)
    assert [(k, document.read(span)) for k, span in document.spans(*members)] == wanted
    assert [(k, value) for k, _, value in document.parsed(*members)] == wanted


@given(content=st.dictionaries(st.text(), VALUES, min_size=1, max_size=4), cut=st.integers(1, 10**6))
def test_a_cut_off_file_is_always_noticed(tmp_path, content, cut):
    path = tmp_path / "a.json"
    raw = json.dumps(content).encode()
    path.write_bytes(raw[: -(cut % len(raw)) or -1])
    with pytest.raises(InputError, match="is no whole JSON file"):
        list(JsonFile(path).parsed(*content))


@pytest.mark.parametrize("text", ["", "nonsense", "{'a': 1}", '{"a" 1}', '{"a": 1} {"b": 2}', "[1, 2"])
def test_what_is_no_json_is_refused(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InputError, match="is no whole JSON file"):
        list(JsonFile(tmp_path / "a.json").parsed("a", ""))
