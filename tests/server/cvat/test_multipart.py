"""Requests of many parts are taken apart exactly, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townscape.core.errors import UsageError
from townscape.server.cvat.multipart import SentForm, _parse

BOUNDARY = b"0a1b2c"
PIECES = st.sampled_from(
    [b"\r\n", b"--", b"--" + BOUNDARY[:4], b"\r\n--" + BOUNDARY[:5], b"\x00", b"a", b"\n"]
)


def body_of(parts):
    """As urllib3 writes it: name, file name or None, content."""
    found = b""
    for name, file_name, content in parts:
        place = f'; filename="{file_name}"' if file_name is not None else ""
        head = f'Content-Disposition: form-data; name="{name}"{place}\r\n'
        kind = "Content-Type: image/png\r\n" if file_name is not None else ""
        found += b"--" + BOUNDARY + b"\r\n" + (head + kind).encode() + b"\r\n" + content + b"\r\n"
    return found + b"--" + BOUNDARY + b"--\r\n"


def parse(folder, body):
    path = folder / "body"
    path.write_bytes(body)
    form = SentForm()
    _parse(path, BOUNDARY, folder, form)
    return form


@given(contents=st.lists(st.lists(PIECES, max_size=12).map(b"".join), min_size=1, max_size=4))
def test_files_come_out_byte_by_byte(tmp_path, contents):
    parts = [(f"client_files[{k}]", f"/home/ana/straße {k}.png", c) for k, c in enumerate(contents)]
    form = parse(tmp_path, body_of([("image_quality", None, b"70"), *parts]))
    assert form.fields == {"image_quality": "70"}
    assert [(f.field, f.name, f.path.read_bytes()) for f in form.files] == parts
    for sent in form.files:
        sent.path.unlink()


def test_names_are_read_as_they_were_meant(tmp_path):
    (sent,) = parse(tmp_path, body_of([("a", "say %22hi%22%0D%0A.png", b"x")])).files
    assert sent.name == 'say "hi"\r\n.png'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nothing",
        body_of([("a", "a.png", b"x" * 100)])[:-60],
        body_of([("a", "a.png", b"x")])[:-4],
        b"--" + BOUNDARY + b"\r\n" + b"h" * 20_000 + b"\r\n\r\nx\r\n--" + BOUNDARY + b"--",
        body_of([("a", None, b"x" * (2 << 20))]),
        body_of([("a", None, b"")] * 10_001),
    ],
)
def test_requests_that_make_no_sense_are_refused(tmp_path, body):
    with pytest.raises(UsageError):
        parse(tmp_path, body)


def test_nothing_is_left_of_a_request_that_is_refused(asked):
    number = asked.create()
    body = body_of([("client_files[0]", "a.png", b"x"), ("client_files[1]", "b.png", b"y")])[:-9]
    headers = {"upload-multiple": "", "content-type": f"multipart/form-data; boundary={BOUNDARY.decode()}"}
    answer = asked.post(f"tasks/{number}/data", content=body, headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (
        400,
        "The request is cut off. Hint: send it again.",
    )
    assert list(asked.workspace.folder.uploads.iterdir()) == []
