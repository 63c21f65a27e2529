"""Numbers for records: counted for each kind, found again, never used twice."""

from threading import Thread

import pytest

from townscape.core.errors import NotFound
from townscape.workspace import create_workspace


@pytest.fixture
def numbered(tmp_path):
    with create_workspace(tmp_path / "w") as workspace:
        yield workspace.numbered


def test_every_kind_is_counted_from_one_and_keys_keep_their_number(numbered):
    assert numbered.numbers_of("label", ["a", "b"]) == {"a": 1, "b": 2}
    assert numbered.numbers_of("label", ["c", "a"]) == {"c": 3, "a": 1}
    assert numbered.numbers_of("user", ["a"]) == {"a": 1}
    assert [r.key for r in numbered.find("label")] == ["a", "b", "c"]
    found = numbered.find_key("label", "b")
    assert found is not None
    assert found.number == 2
    assert numbered.find_key("label", "z") is None


def test_a_number_may_be_taken_before_it_is_known_what_it_stands_for(numbered):
    record = numbered.put("errand", about={"state": "new", "name": "x"})
    assert (record.number, record.key) == (1, None)
    changed = numbered.change("errand", 1, key="k", about={"state": "done"})
    assert (changed.key, changed.about) == ("k", {"state": "done", "name": "x"})
    assert changed.changed_at >= record.changed_at
    assert numbered.get("errand", 1) == changed


def test_numbers_are_never_used_again(numbered):
    numbered.numbers_of("label", ["a", "b", "c"])
    for number in (2, 3):
        numbered.remove("label", number)
        with pytest.raises(NotFound):
            numbered.get("label", number)
    assert numbered.numbers_of("label", ["b", "c"]) == {"b": 4, "c": 5}
    with pytest.raises(NotFound):
        numbered.change("label", 3, about={})


def test_old_records_are_found_by_when_they_were_changed(numbered):
    old = numbered.put("errand", "a")
    new = numbered.put("errand", "b")
    assert numbered.find("errand", unchanged_since=new.changed_at) == [old]


def test_many_at_once_get_different_numbers(numbered):
    threads = [Thread(target=numbered.numbers_of, args=("label", [f"{k}"])) for k in range(8)]
    threads += [Thread(target=numbered.numbers_of, args=("label", ["same"])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = numbered.find("label")
    assert sorted(r.number for r in found) == list(range(1, 10))
    assert len({r.key for r in found}) == 9
