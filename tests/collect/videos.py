"""Videos for tests: written by OpenCV, their MP4 headers then changed byte by byte."""

import struct

import cv2
import numpy as np

SIZE = (96, 64)
"""Width and height."""


def scene(number, shift=0.0):
    """A picture of blocks that no other number gives, moved to the right by `shift` of its width."""
    rng = np.random.default_rng(number)
    blocks = rng.integers(0, 255, (8, 24, 3), dtype=np.uint8)
    wide = cv2.resize(blocks, (SIZE[0] * 2, SIZE[1]), interpolation=cv2.INTER_CUBIC)
    at = round(shift * SIZE[0])
    return np.ascontiguousarray(wide[:, at : at + SIZE[0]])


def write(path, frames, *, codec="mp4v", fps=10.0):
    """A video of BGR frames."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*codec), fps, SIZE)
    assert writer.isOpened(), codec
    for frame in frames:
        writer.write(frame)
    writer.release()
    return path


def box(content, *path):
    """Where the content of a box begins and ends; `path` are the kinds from the outermost inwards."""
    begin, end = 0, len(content)
    for wanted in path:
        at = begin
        while True:
            size, kind = struct.unpack(">I4s", content[at : at + 8])
            if kind == wanted:
                begin, end = at + 8, at + size
                break
            at += size
    return begin, end


def turn_quarter(path):
    """Say in the header that the camera was held upright: shown turned by 90° clockwise."""
    content = bytearray(path.read_bytes())
    begin, _ = box(content, b"moov", b"trak", b"tkhd")
    matrix = (0, 1 << 16, 0, -(1 << 16), 0, 0, SIZE[1] << 16, 0, 1 << 30)
    content[begin + 40 : begin + 76] = struct.pack(">9i", *matrix)
    path.write_bytes(content)
    return path


def slow_down_after(path, n_frames, factor):
    """From frame `n_frames` on, every frame is shown `factor` times as long. The header keeps its size.

    One run of equal durations becomes two by taking the room of the `free` box in front of the data,
    so the file is written anew with the movie header at its end.
    """
    content = path.read_bytes()
    begin, _ = box(content, b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts")
    n_runs, count, duration = struct.unpack(">3I", content[begin + 4 : begin + 16])
    assert n_runs == 1
    table = struct.pack(">5I", 2, n_frames, duration, count - n_frames, duration * factor)
    changed = bytearray(content[: begin + 4] + table + content[begin + 16 :])
    for depth in range(1, 7):
        kinds = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts")[:depth]
        at, _ = box(content, *kinds)
        size = struct.unpack(">I", content[at - 8 : at - 4])[0]
        changed[at - 8 : at - 4] = struct.pack(">I", size + 8)
    moov, data = box(content, b"moov")[0], box(content, b"mdat")[0]
    assert moov > data, "the data must not move"
    total = duration * n_frames + duration * factor * (count - n_frames)
    for path_to, offset in (((b"moov", b"trak", b"mdia", b"mdhd"), 16),):
        at, _ = box(bytes(changed), *path_to)
        changed[at + offset : at + offset + 4] = struct.pack(">I", total)
    scale = struct.unpack(">I", content[box(content, b"moov", b"mvhd")[0] + 12 :][:4])[0]
    own = struct.unpack(">I", content[box(content, b"moov", b"trak", b"mdia", b"mdhd")[0] + 12 :][:4])[0]
    shown = struct.pack(">I", total * scale // own)
    at, _ = box(bytes(changed), b"moov", b"mvhd")
    changed[at + 16 : at + 20] = shown
    at, _ = box(bytes(changed), b"moov", b"trak", b"tkhd")
    changed[at + 20 : at + 24] = shown
    at, _ = box(bytes(changed), b"moov", b"trak", b"edts", b"elst")
    changed[at + 8 : at + 12] = shown
    path.write_bytes(changed)
    return path


def set_created(path, seconds):
    """Write when it was recorded (seconds since 1970) into the movie header."""
    content = bytearray(path.read_bytes())
    begin, _ = box(content, b"moov", b"mvhd")
    content[begin + 4 : begin + 8] = struct.pack(">I", int(seconds) + 2_082_844_800)
    path.write_bytes(content)
    return path
