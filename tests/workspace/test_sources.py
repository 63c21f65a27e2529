"""Sources: listed in any number of pieces, listed again, sampled; what is known of an entry stays true."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from townscape.core.errors import NotFound
from townscape.workspace import create_workspace
from townscape.workspace.records import Image
from townscape.workspace.sources import Entry


@pytest.fixture
def workspace(tmp_path):
    with create_workspace(tmp_path / "w") as opened:
        yield opened


def entry(key, version="1", **values):
    return Entry(key=key, name=key, size=1, version=version, **values)


def list_all(workspace, source, entries, run_id=None):
    begun = workspace.sources.begin_listing(source, run_id)
    workspace.sources.put_entries(begun, entries)
    return workspace.sources.finish_listing(begun)


def put_image(workspace, name):
    image = Image(
        id=f"image-{name}", kind="photo", name=name, source=f"/{name}", source_version="1", blob=None,
        content_sha256=name, width=1, height=1, bands=("gray",), dtype="uint8",
    )  # fmt: skip
    workspace.images.put([image])
    return image.id


def test_an_address_is_one_source_and_remembers_how_it_was_collected_last(workspace):
    first = workspace.sources.open("folder", "/photos", options={"place": "Elm"})
    again = workspace.sources.open("folder", "/photos", options={"place": "Oak"})
    assert (again.id, again.options) == (first.id, {"place": "Oak"})
    assert workspace.sources.find() == [again]
    with pytest.raises(NotFound):
        workspace.sources.get("nobody")


def test_a_listing_that_was_cut_off_goes_on_behind_the_last_key_that_was_written(workspace):
    sources = workspace.sources
    source = sources.open("folder", "/photos")

    def cut_off():
        yield from (entry(f"{k:05}") for k in range(450))
        raise OSError("the drive is gone")

    begun = sources.begin_listing(source, "run-1")
    with pytest.raises(OSError, match="gone"):
        sources.put_entries(begun, cut_off())
    found = sources.begin_listing(sources.get(source.id), "run-1")
    n_written = sources.counts(source.id)["listed"]
    assert found.cursor == (f"{n_written - 1:05}" if n_written else "")
    sources.put_entries(found, (entry(f"{k:05}") for k in range(n_written, 500)))
    assert sources.finish_listing(found) == 0
    assert sources.counts(source.id)["listed"] == 500
    assert sources.begin_listing(sources.get(source.id), "run-1").cursor is None
    assert sources.begin_listing(sources.get(source.id), "run-2").cursor == ""


def test_what_changed_waits_again_what_vanished_is_gone_and_what_came_back_waits(workspace):
    sources = workspace.sources
    source = sources.open("folder", "/photos")
    list_all(workspace, source, [entry("a"), entry("b"), entry("c", reason="no image")])
    for key in "ab":
        sources.mark_taken(source.id, key, put_image(workspace, key))
    assert list_all(workspace, source, [entry("b", "2")]) == 2
    assert {e.key: (e.state, e.image_id) for e in sources.entries(source.id)} == {
        "a": ("gone", "image-a"),
        "b": ("listed", "image-b"),
        "c": ("gone", None),
    }
    list_all(workspace, source, [entry("a"), entry("b", "2"), entry("c")])
    assert {e.key: e.state for e in sources.entries(source.id)} == {
        "a": "listed",
        "b": "listed",
        "c": "listed",
    }, "what came back is looked at again"


def test_what_was_rejected_is_tried_again_by_the_next_run_but_not_by_the_same_one(workspace):
    sources = workspace.sources
    source = sources.open("folder", "/photos")
    list_all(workspace, source, [entry("a")], "run-1")
    sources.mark_rejected(source.id, "a", "it may not be read")
    assert sources.begin_listing(sources.get(source.id), "run-1").run_id == "run-1"
    assert [e.reason for e in sources.page(source.id, states=("rejected",))] == ["it may not be read"]
    sources.begin_listing(sources.get(source.id), "run-2")
    assert sources.counts(source.id) == {"listed": 1, "taken": 0, "rejected": 0, "gone": 0}


def test_a_sample_is_the_same_after_a_restart_and_part_of_every_larger_one(workspace):
    sources = workspace.sources
    source = sources.open("folder", "/photos")
    list_all(workspace, source, (entry(f"{k:04}") for k in range(3000)))
    small = sources.sample(source.id, 30, seed=1)
    assert small == sorted(small)
    assert len(set(small)) == 30
    sources.mark_taken(source.id, small[3], put_image(workspace, "x"))
    assert sources.sample(source.id, 30, seed=1) == small
    assert set(small) < set(sources.sample(source.id, 90, seed=1))
    assert small != sources.sample(source.id, 30, seed=2)
    halves = [sum(int(key) < 1500 for key in sources.sample(source.id, 1000, seed=s)) for s in range(5)]
    assert all(400 < n < 600 for n in halves), "it is spread over the whole listing"
    sources.mark_rejected(source.id, small[0], "broken")
    drawn = sources.sample(source.id, 30, seed=1)
    assert len(set(drawn) - set(small)) == 1, "another one takes the place of one that cannot be used"


def test_a_hundred_thousand_entries_are_listed_counted_and_read_page_by_page(workspace):
    sources = workspace.sources
    source = sources.open("bucket", "s3://city/photos")
    list_all(workspace, source, (entry(f"{k:06}") for k in range(100_000)))
    assert sources.counts(source.id)["listed"] == 100_000
    assert sum(1 for _ in sources.waiting(source.id)) == 100_000
    page = sources.page(source.id, states=("listed",), after="099997", limit=10)
    assert [e.key for e in page] == ["099998", "099999"]
    assert list_all(workspace, source, (entry(f"{k:06}") for k in range(0, 100_000, 2))) == 50_000


class Listing(RuleBasedStateMachine):
    """Files come, change and vanish; listings are cut off and go on; entries are taken and rejected."""

    @initialize()
    def begin(self):
        import tempfile
        from pathlib import Path

        self.folder = tempfile.TemporaryDirectory()
        self.workspace = create_workspace(Path(self.folder.name) / "w")
        self.source = self.workspace.sources.open("folder", "/photos")
        self.there, self.known, self.images, self.runs = {}, {}, 0, 0

    @rule(key=st.sampled_from("abcdef"), version=st.sampled_from("123"))
    def write_file(self, key, version):
        self.there[key] = version

    @rule(key=st.sampled_from("abcdef"))
    def remove_file(self, key):
        self.there.pop(key, None)

    @rule(cuts=st.lists(st.integers(0, 6), max_size=3))
    def list_files(self, cuts):
        sources = self.workspace.sources
        self.runs += 1
        run_id = f"run-{self.runs}"
        entries = [entry(key, version) for key, version in sorted(self.there.items())]
        for cut in [*cuts, len(entries)]:
            begun = sources.begin_listing(sources.get(self.source.id), run_id)
            rest = [e for e in entries[:cut] if e.key > (begun.cursor or "")]
            sources.put_entries(begun, rest)
        sources.finish_listing(begun)
        for key, version in self.there.items():
            state, before, image = self.known.get(key, ("new", None, None))
            is_as_before = state == "taken" and version == before
            self.known[key] = ("taken" if is_as_before else "listed"), version, image
        for key in self.known.keys() - self.there.keys():
            self.known[key] = "gone", *self.known[key][1:]

    @rule(data=st.data(), works=st.booleans())
    def take_one(self, data, works):
        waiting = [e.key for e in self.workspace.sources.waiting(self.source.id)]
        if not waiting:
            return
        key = data.draw(st.sampled_from(waiting))
        _, version, image = self.known[key]
        if works:
            self.images += 1
            image = put_image(self.workspace, str(self.images))
            self.workspace.sources.mark_taken(self.source.id, key, image)
            self.known[key] = "taken", version, image
        else:
            self.workspace.sources.mark_rejected(self.source.id, key, "no")
            self.known[key] = "rejected", version, image

    @invariant()
    def the_catalogue_says_what_is_so(self):
        if not hasattr(self, "source"):
            return
        found = {
            e.key: (e.state, e.version, e.image_id) for e in self.workspace.sources.entries(self.source.id)
        }
        assert found == self.known

    def teardown(self):
        if hasattr(self, "workspace"):
            self.workspace.close()
            self.folder.cleanup()


TestListing = Listing.TestCase
TestListing.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
