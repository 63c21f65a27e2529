"""Collecting from buckets that fail: words for people, bounded retries, and a run that goes on."""

import threading
import time

import pytest
from tests.collect.cloud import collect, draw, open_bucket, use

from townscape.collect import CollectOptions, run
from townscape.collect.sources import kind_of
from townscape.core.errors import SourceGone, UsageError
from townscape.core.events import Report
from townscape.testing.buckets import SECRET, S3Server, free_port, rclone_server
from townscape.workspace import create_workspace, open_workspace

pytest.importorskip("obstore")
pytestmark = pytest.mark.usefixtures("quick_retries")
_TEXT = b"<Error><Code>SlowDown</Code></Error>"
BUSY = b"HTTP/1.1 503 Slow Down\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(_TEXT), _TEXT)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("AWS_SECRET_ACCESS_KEY", "wrong", "does not accept"),
        ("AWS_ACCESS_KEY_ID", "NOBODY", "does not accept"),
    ],
)
def test_wrong_credentials_are_told_of_in_words(server, buckets, tmp_path, monkeypatch, name, value, words):
    draw(buckets / "city" / "photos" / "a.jpg", 1)
    monkeypatch.setenv(name, value)
    with pytest.raises(SourceGone, match=words) as caught:
        collect(tmp_path / "w")
    assert "AWS_ACCESS_KEY_ID" in caught.value.hint
    assert "signature we calculated" not in str(caught.value)


def test_no_credentials_at_all_are_told_of_without_asking_the_network(server, tmp_path, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(SourceGone, match="no credentials"):
        collect(tmp_path / "w")


def test_a_bucket_that_is_not_there_is_told_of(server, tmp_path):
    with pytest.raises(SourceGone, match="There is no bucket s3://nowhere"):
        collect(tmp_path / "w", "s3://nowhere/photos")


def test_a_server_that_is_not_there_is_told_of(tmp_path, monkeypatch):
    use(monkeypatch, S3Server(f"http://127.0.0.1:{free_port()}"))
    with pytest.raises(SourceGone, match="cannot be reached") as caught:
        collect(tmp_path / "w")
    assert "runs resume" in caught.value.hint


def test_an_address_with_a_password_is_refused(tmp_path):
    with pytest.raises(UsageError) as caught:
        kind_of("s3://ana:hunter2@city/photos")[1].open(
            "s3://ana:hunter2@city/photos", options=CollectOptions(addresses=("s3://city",)), workspace=None
        )
    assert "hunter2" not in str(caught.value)


class Pages:
    """A server that lists a made-up bucket of any size, page by page, as S3 does."""

    def __init__(self, n, *, fail_at=None, failure=(400, "ExpiredToken"), pause_s=0.0):
        self.n, self.fail_at, self.failure, self.pause_s = n, fail_at, failure, pause_s
        self.asked = []

    def answer(self, start):
        self.asked.append(start)
        time.sleep(self.pause_s)
        if self.fail_at is not None and start >= self.fail_at:
            status, code = self.failure
            return status, f"<Error><Code>{code}</Code><Message>{SECRET}</Message></Error>"
        end = min(start + 1000, self.n)
        entries = "".join(
            f"<Contents><Key>photos/{k:08d}.jpg</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            f'<ETag>"{k:032x}"</ETag><Size>1000</Size></Contents>'
            for k in range(start, end)
        )
        more = f"<NextContinuationToken>{end}</NextContinuationToken>" if end < self.n else ""
        is_cut = "true" if more else "false"
        return 200, f"<ListBucketResult><IsTruncated>{is_cut}</IsTruncated>{more}{entries}</ListBucketResult>"


def number_of(key):
    return int(key.removeprefix("photos/").removesuffix(".jpg"))


@pytest.fixture
def listing(monkeypatch):
    """Starts a server that lists `Pages`."""
    import http.server
    from urllib.parse import parse_qs, urlsplit

    started = []

    def start(pages):
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def do_GET(self):
                query = parse_qs(urlsplit(self.path).query)
                after = query.get("start-after", ["photos/-1.jpg"])[0]
                first = int(query["continuation-token"][0]) if "continuation-token" in query else 0
                first = first or number_of(after) + 1
                status, body = pages.answer(first)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        use(monkeypatch, S3Server(f"http://127.0.0.1:{server.server_address[1]}"))
        started.append(server)

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


def test_a_listing_whose_credentials_expire_stops_and_goes_on_behind_the_last_key(listing, tmp_path):
    pages = Pages(5000, fail_at=3000, pause_s=0.2)
    listing(pages)
    with create_workspace(tmp_path / "w") as workspace:
        opened = open_bucket(workspace)
        source = workspace.sources.begin_listing(workspace.sources.open("bucket", opened.address), "run-1")
        with pytest.raises(SourceGone, match="have expired") as caught:
            workspace.sources.put_entries(source, opened.entries(None))
        assert SECRET not in str(caught.value)
        cursor = workspace.sources.get(source.id).cursor
        assert "photos/00000999.jpg" <= cursor < "photos/00003000.jpg"
        pages.fail_at = None
        pages.asked.clear()
        resumed = workspace.sources.begin_listing(workspace.sources.get(source.id), "run-1")
        workspace.sources.put_entries(resumed, open_bucket(workspace).entries(resumed.cursor))
        assert pages.asked[0] == number_of(cursor) + 1
        assert workspace.sources.counts(source.id)["listed"] == 5000


def test_a_bucket_that_is_deleted_while_it_is_listed_stops_the_run(listing, tmp_path):
    listing(Pages(5000, fail_at=2000, failure=(404, "NoSuchBucket")))
    with create_workspace(tmp_path / "w") as workspace, pytest.raises(SourceGone, match="There is no bucket"):
        list(open_bucket(workspace).entries(None))


def test_a_long_listing_takes_no_more_memory_than_a_short_one(listing, tmp_path):
    """Only pages that were asked for are held: a consumer that stops early leaves the rest unread."""
    pages = Pages(1_000_000)
    listing(pages)
    with create_workspace(tmp_path / "w") as workspace:
        entries = open_bucket(workspace).entries(None)
        taken = [next(entries).key for _ in range(1500)]
        assert len(set(taken)) == 1500
        time.sleep(0.3)
        assert max(pages.asked) <= 4000
        entries.close()


def test_credentials_that_become_wrong_while_images_are_taken_stop_the_run(buckets, tmp_path, monkeypatch):
    """The server comes back with another key after the listing; with the right one, the run goes on."""
    for k in range(40):
        draw(buckets / "city" / "photos" / f"{k:02d}.jpg", k)
    port = free_port()
    create_workspace(tmp_path / "w").close()
    with rclone_server(buckets, port=port) as server:
        use(monkeypatch, server)
        with open_workspace(tmp_path / "w") as workspace:
            source = workspace.sources.open("bucket", "s3://city/photos")
            begun = workspace.sources.begin_listing(source, "run-1")
            workspace.sources.put_entries(begun, open_bucket(workspace).entries(None))
            workspace.sources.finish_listing(begun)
    with rclone_server(buckets, port=port, secret="another"), open_workspace(tmp_path / "w") as workspace:
        options = CollectOptions(addresses=("s3://city/photos",))
        with pytest.raises(SourceGone, match="does not accept"):
            run(workspace, options, Report(run_id="run-1"))
        counts = workspace.sources.counts(source.id)
        assert (counts["listed"], counts["rejected"]) == (40, 0), "nothing is rejected for it"
    with rclone_server(buckets, port=port), open_workspace(tmp_path / "w") as workspace:
        assert run(workspace, options, Report(run_id="run-1")).added == 40


@pytest.mark.parametrize("n_bytes", [0, 1, 300, 5_000, 60_000])
def test_lines_that_break_anywhere_are_tried_again(line, buckets, tmp_path, n_bytes):
    for k in range(12):
        draw(buckets / "city" / "photos" / f"{k:02d}.jpg", k, size=(300, 200))
    line.break_after, line.n_breaks = n_bytes, 2
    result = collect(tmp_path / "w")
    assert (result.added, result.n_rejected) == (12, 0)
    with open_workspace(tmp_path / "w") as workspace:
        for image in workspace.images.find():
            there = (buckets / "city" / "photos" / image.name).read_bytes()
            assert workspace.images.path(image).read_bytes() == there


def test_a_line_that_keeps_breaking_stops_the_run_and_leaves_nothing_half(line, buckets, tmp_path):
    for k in range(8):
        draw(buckets / "city" / "photos" / f"{k:02d}.jpg", k, size=(300, 200))
    create_workspace(tmp_path / "w").close()
    options = CollectOptions(addresses=("s3://city/photos",))
    with open_workspace(tmp_path / "w") as workspace:
        source = workspace.sources.begin_listing(
            workspace.sources.open("bucket", "s3://city/photos"), "run-1"
        )
        workspace.sources.put_entries(source, open_bucket(workspace).entries(None))
        workspace.sources.finish_listing(source)
    line.break_after = 200
    with open_workspace(tmp_path / "w") as workspace:  # with connections of its own
        with pytest.raises(SourceGone):
            run(workspace, options, Report(run_id="run-1"))
        assert not list((tmp_path / "w" / "cache").rglob(".part-*"))
        counts = workspace.sources.counts(source.id)
        assert counts["rejected"] == 0
        line.break_after = None
        run(workspace, options, Report(run_id="run-1"))
        assert workspace.sources.counts(source.id)["taken"] == 8


def test_a_server_that_is_busy_for_a_while_is_waited_for(line, buckets, tmp_path):
    draw(buckets / "city" / "photos" / "a.jpg", 1)
    line.answer, line.n_breaks = BUSY, 3
    assert collect(tmp_path / "w").added == 1


def test_a_server_that_stays_busy_is_given_up(line, buckets, tmp_path):
    draw(buckets / "city" / "photos" / "a.jpg", 1)
    line.answer = BUSY
    with pytest.raises(SourceGone, match="busy"):
        collect(tmp_path / "w")
    assert line.n_connections <= 6
