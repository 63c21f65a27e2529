"""Ids, errors, options and events."""

import json
import time
import uuid

import pytest

from townscape.core import errors
from townscape.core.errors import RunCancelled, SizeMismatch, TownscapeError, UsageError
from townscape.core.events import Failed, Finished, Metric, Report, event_from_json
from townscape.core.events import Progress as ProgressEvent
from townscape.core.ids import new_id
from townscape.core.options import Options


def test_ids_are_version_7_unique_and_sort_by_time():
    ids = [new_id() for _ in range(2000)]
    assert len(set(ids)) == 2000
    assert {uuid.UUID(i).version for i in ids} == {7}
    time.sleep(0.002)
    assert new_id() > ids[0]
    assert abs(uuid.UUID(ids[0]).int >> 80) == pytest.approx(time.time() * 1000, abs=60_000)


def test_every_error_has_words_and_a_code():
    error = SizeMismatch("Mask a is too small.", hint="export it again.")
    assert (error.code, error.exit_code) == ("size-mismatch", 1)
    assert str(error) == "Mask a is too small.\nHint: export it again."
    assert UsageError("x").exit_code == 2
    assert RunCancelled("x").exit_code == 130


def test_the_tree_in_the_docstring_names_every_error():
    listed = errors.__doc__ or ""
    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, TownscapeError)]
    assert [c.__name__ for c in classes if c.__name__ not in listed] == []


class Sample(Options):
    """For the tests below."""

    minutes: float | None = None
    """Minutes."""
    epochs: int = 3
    """Epochs."""


def test_options_are_closed_frozen_and_documented():
    with pytest.raises(UsageError, match="minuts"):
        Sample.parse({"minuts": 3})
    with pytest.raises(UsageError, match="epochs"):
        Sample.parse({"epochs": "many"})
    with pytest.raises(Exception, match="frozen"):
        Sample().epochs = 4
    assert Sample.model_fields["minutes"].description == "Minutes."


def test_events_survive_json():
    events = [
        Metric(name="loss", value=0.5, step=3),
        Finished(result={"a": 1}),
        Failed(code="x", message="y"),
    ]
    assert [event_from_json(e.model_dump_json()) for e in events] == events


def test_progress_tells_the_time_left_and_is_not_too_talkative():
    heard = []
    report = Report(heard.append, min_interval_s=0.0)
    report.progress("part", 0, 4)
    time.sleep(0.02)
    report.progress("part", 2, 4)
    assert heard[1].seconds_left == pytest.approx(0.02, abs=0.02)
    quiet = []
    report = Report(quiet.append, min_interval_s=60)
    for k in range(100):
        report.progress("part", k, 100)
    report.progress("part", 100, 100)
    assert [e.done for e in quiet if isinstance(e, ProgressEvent)][-1] == 100
    assert len(quiet) <= 2


def test_a_cancelled_run_stops_at_its_next_word():
    wish = {"stop": False}
    report = Report(is_cancelled=lambda: wish["stop"])
    seen = []

    def work():
        for item in report.track(range(10), "part"):
            seen.append(item)
            wish["stop"] = item == 3

    with pytest.raises(RunCancelled):
        work()
    assert seen == [0, 1, 2, 3]


def test_failed_events_carry_the_error():
    event = Failed.of(SizeMismatch("m", hint="h"))
    assert json.loads(event.model_dump_json())["code"] == "size-mismatch"
    assert not event.cancelled
    assert Failed.of(RunCancelled("c")).cancelled
