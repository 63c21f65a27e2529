"""Remote files: addresses without secrets, a cache that several share, hosts that are not asked."""

import ipaddress
import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townscape.core.errors import InputError, SourceGone, UsageError, WorkspaceError
from townscape.workspace import create_workspace, open_workspace
from townscape.workspace.remote.addresses import BucketAddress, has_secret, parse_bucket, without_secrets
from townscape.workspace.remote.cache import RemoteCache
from townscape.workspace.remote.credentials import s3_credentials
from townscape.workspace.remote.hosts import are_public, resolve
from townscape.workspace.remote.words import explain

KB = 1000


# Addresses


def test_an_address_is_what_its_parts_make_also_with_odd_keys():
    for key in ("", "a/b.jpg", "straße 1/bild?x=1#2.jpg", "100%.jpg"):
        place = BucketAddress("s3", "city-photos", key)
        assert parse_bucket(str(place)) == place
    assert parse_bucket("az://container") == BucketAddress("az", "container")


@pytest.mark.parametrize(
    "address", ["s3://", "s3:///key", "s3://user:hunter2@bucket/key", "ftp://b/k", "s3://a"]
)
def test_what_is_no_bucket_is_refused_and_its_password_not_repeated(address):
    with pytest.raises(UsageError) as caught:
        parse_bucket(address)
    assert "hunter2" not in str(caught.value)


def test_secrets_in_web_addresses_are_seen_and_cut():
    signed = (
        "https://ana:hunter2@example.org/a.jpg",
        "https://b.s3.amazonaws.com/a.jpg?X-Amz-Signature=hunter2&X-Amz-Date=1",
        "https://acc.blob.core.windows.net/c/a.jpg?sv=2024&sig=hunter2",
        "https://storage.googleapis.com/b/a.jpg?X-Goog-Signature=hunter2",
        "https://example.org/a.jpg?token=hunter2",
    )
    for address in signed:
        assert has_secret(address)
        assert "hunter2" not in without_secrets(address)
    assert not has_secret("https://example.org/a.jpg?size=large&signed=no")


# Settings and credentials


def test_settings_of_the_cloud_come_from_the_file_and_the_environment(tmp_path, monkeypatch):
    create_workspace(tmp_path / "w").close()
    file = tmp_path / "w" / "workspace.toml"
    file.write_text(file.read_text().replace('endpoint = ""', 'endpoint = "https://s3.example.org"'))
    monkeypatch.setenv("TOWNSCAPE_CACHE_GB", "2.5")
    with open_workspace(tmp_path / "w") as workspace:
        assert workspace.settings.endpoint == "https://s3.example.org"
        assert workspace.settings.cache_bytes == 2_500_000_000
        assert not workspace.settings.allow_private_hosts


@pytest.mark.parametrize(
    "line", ['secret_access_key = "hunter2"', 'endpoint = "https://ana:hunter2@s3.example.org"']
)
def test_a_secret_in_the_settings_is_refused_and_not_repeated(tmp_path, line):
    create_workspace(tmp_path / "w").close()
    file = tmp_path / "w" / "workspace.toml"
    lines = [x for x in file.read_text().splitlines() if not x.startswith("endpoint")]
    file.write_text("\n".join([*lines, line]))
    with pytest.raises(WorkspaceError) as caught:
        open_workspace(tmp_path / "w")
    assert "hunter2" not in str(caught.value)
    assert "no place in a workspace" in caught.value.message


def test_keys_of_a_profile_are_found_and_the_environment_goes_before_them(tmp_path):
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(
        "[default]\naws_access_key_id = A\naws_secret_access_key = B%C\n"
        "[city]\naws_access_key_id = D\naws_secret_access_key = E\naws_session_token = F\n"
    )
    (tmp_path / ".aws" / "config").write_text(
        "[profile city]\nregion = eu-central-1\n[profile sso]\nsso_session = x\n"
    )
    home = {"HOME": str(tmp_path)}
    assert s3_credentials(home) == {"access_key_id": "A", "secret_access_key": "B%C"}
    assert s3_credentials({**home, "AWS_PROFILE": "city"}) == {
        "access_key_id": "D", "secret_access_key": "E", "session_token": "F", "region": "eu-central-1",
    }  # fmt: skip
    assert s3_credentials({**home, "AWS_ACCESS_KEY_ID": "G", "AWS_PROFILE": "city"}) == {}
    with pytest.raises(InputError, match="no profile 'nobody'"):
        s3_credentials({**home, "AWS_PROFILE": "nobody"})
    with pytest.raises(InputError, match="Amazon's own tools"):
        s3_credentials({**home, "AWS_PROFILE": "sso"})


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("status code: 403 Forbidden: <Code>RequestTimeTooSkewed</Code>", "clock"),
        ("status code: 400 Bad Request: <Code>ExpiredToken</Code>", "have expired"),
        ("status code: 301 Moved: <Code>PermanentRedirect</Code>", "another region"),
        ("status code: 503 Slow: <Code>SlowDown</Code>", "busy"),
        ("status code: 403 Forbidden: <Code>AccessDenied</Code>", "may not list"),
        ("Error performing PUT http://169.254.169.254/latest/api/token", "no credentials"),
        ("HTTP error: error sending request", "cannot be reached"),
        ("HTTP error: builder error", "without encryption"),
    ],
)
def test_what_a_server_complains_of_is_said_in_words_without_its_text(said, words):
    error = explain(RuntimeError(f"{said} <StringToSign>hunter2</StringToSign>"), BucketAddress("s3", "city"))
    assert isinstance(error, SourceGone)
    assert words in error.message
    assert error.hint
    assert "hunter2" not in str(error)


# The cache


def fill(size, mark=b"x"):
    return lambda out: out.write(mark * size)


def test_a_file_is_fetched_once_per_address_and_version(tmp_path):
    cache = RemoteCache(tmp_path, quota_bytes=100 * KB)
    calls = []

    def fetch(out):
        calls.append(1)
        out.write(b"abc")

    first = cache.get("s3://b/k.jpg", "1", fetch).path
    assert cache.get("s3://b/k.jpg", "1", fetch).path == first
    assert cache.get("s3://b/k.jpg", "2", fetch).path != first
    assert first.suffix == ".jpg"
    assert first.read_bytes() == b"abc"
    assert len(calls) == 2


def test_a_fetch_that_fails_leaves_nothing(tmp_path):
    cache = RemoteCache(tmp_path, quota_bytes=100 * KB)

    def fail(out):
        out.write(b"half")
        raise InputError("broke off")

    with pytest.raises(InputError):
        cache.get("s3://b/k.jpg", "1", fail)
    assert [p for p in tmp_path.rglob("*") if p.is_file() and "locks" not in p.parts] == []
    assert cache.get("s3://b/k.jpg", "1", fill(4)).path.read_bytes() == b"xxxx"


def kept(folder):
    return {p for p in folder.rglob("*") if p.is_file() and len(p.parent.name) == 2}


def test_the_longest_unwanted_go_first_and_what_is_wanted_stays(tmp_path):
    cache = RemoteCache(tmp_path, quota_bytes=10 * KB)
    leases = {k: cache.get(f"s3://b/{k}.jpg", "1", fill(3 * KB)) for k in range(6)}
    assert len(kept(tmp_path)) == 6, "all were wanted in the last ten minutes"
    held = leases.pop(0)
    for lease in leases.values():
        cache.release(lease)
    cache.clear(keep_bytes=7 * KB)
    assert kept(tmp_path) == {held.path, leases[5].path}


def test_a_file_that_somebody_else_wants_is_not_released(tmp_path):
    cache = RemoteCache(tmp_path, quota_bytes=10 * KB)
    mine = cache.get("s3://b/a.jpg", "1", fill(KB))
    theirs = RemoteCache(tmp_path, quota_bytes=10 * KB).get("s3://b/a.jpg", "1", fill(KB))
    cache.release(mine)
    cache.clear(keep_bytes=0)
    assert theirs.path.exists()
    cache.release(theirs)
    cache.clear(keep_bytes=0)
    assert not theirs.path.exists()


def test_the_quota_holds_while_many_files_come(tmp_path):
    cache = RemoteCache(tmp_path, quota_bytes=20 * KB, grace_s=0.0)
    for k in range(200):
        cache.release(cache.get(f"s3://b/{k}.jpg", "1", fill(KB)))
        assert sum(p.stat().st_size for p in kept(tmp_path)) <= 20 * KB


def test_a_lost_count_is_counted_anew(tmp_path):
    cache = RemoteCache(tmp_path, quota_bytes=10 * KB, grace_s=0.0)
    for k in range(9):
        cache.get(f"s3://b/{k}.jpg", "1", fill(KB))
    (tmp_path / "state.json").write_text("{")
    for k in range(9, 12):
        cache.get(f"s3://b/{k}.jpg", "1", fill(KB))
    assert sum(p.stat().st_size for p in kept(tmp_path)) <= 10 * KB


def test_forgetting_an_address_removes_all_its_versions(tmp_path):
    cache = RemoteCache(tmp_path, quota_bytes=10 * KB)
    for version in "12":
        cache.get("s3://b/a.jpg", version, fill(KB))
    other = cache.get("s3://b/other.jpg", "1", fill(KB))
    assert cache.forget("s3://b/a.jpg") == 2
    assert kept(tmp_path) == {other.path}


def _use_cache(folder, seed, failures):
    """Get files in a random order and look whether each is what it should be, whole, while it is held."""
    import random

    chance = random.Random(seed)
    cache = RemoteCache(Path(folder), quota_bytes=20 * KB)
    for _ in range(150):
        k = chance.randrange(40)
        lease = cache.get(f"s3://b/{k}.jpg", "1", fill(KB, bytes([k])))
        if lease.path.read_bytes() != bytes([k]) * KB:
            failures.value += 1
        cache.release(lease)


def test_two_processes_share_the_cache(tmp_path):
    context = multiprocessing.get_context("spawn")
    failures = context.Value("i", 0)
    workers = [context.Process(target=_use_cache, args=(str(tmp_path), seed, failures)) for seed in (1, 2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert failures.value == 0
    RemoteCache(tmp_path, quota_bytes=20 * KB).clear(keep_bytes=20 * KB)
    assert sum(p.stat().st_size for p in kept(tmp_path)) <= 20 * KB


def _hang_while_fetching(folder, started):
    def fetch(out):
        out.write(b"half of it")
        out.flush()
        started.set()
        time.sleep(60)

    RemoteCache(Path(folder), quota_bytes=20 * KB).get("s3://b/a.jpg", "1", fetch)


def test_a_process_that_is_killed_while_fetching_does_no_harm(tmp_path):
    context = multiprocessing.get_context("spawn")
    started = context.Event()
    worker = context.Process(target=_hang_while_fetching, args=(str(tmp_path), started))
    worker.start()
    assert started.wait(30)
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    cache = RemoteCache(tmp_path, quota_bytes=20 * KB)
    assert cache.get("s3://b/a.jpg", "1", fill(KB)).path.read_bytes() == b"x" * KB
    (left,) = tmp_path.rglob(".part-*")
    os.utime(left, (0, 0))
    cache.clear(keep_bytes=20 * KB)
    assert not left.exists()


# Hosts


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fe80::1%eth0",
        "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::a00:1",
        "64:ff9b::7f00:1", "2002:7f00:1::", "2002:a9fe:a9fe::", "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_of_the_public_internet(address):
    assert not are_public([address])
    assert not are_public(["93.184.215.14", address])


def test_addresses_of_the_public_internet():
    assert are_public(["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"])


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="192.168.0.0/16"))
def test_no_way_of_writing_a_private_address_makes_it_public(address):
    number = int(address)
    ways = (
        str(address),
        str(ipaddress.IPv6Address((0xFFFF << 32) | number)),
        str(ipaddress.IPv6Address((0x2002 << 112) | (number << 80))),
        str(ipaddress.IPv6Address((0x64FF9B << 96) | number)),
    )
    assert not any(are_public([way]) for way in ways)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "2130706433", "0x7f000001", "::1"])
def test_this_computer_is_not_asked_under_any_of_its_names(host):
    with pytest.raises((InputError, SourceGone)):
        resolve(host, 80, allow_private=False)
