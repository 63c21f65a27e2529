"""Looks through files for what should be gone: pixels of covered areas, positions, thumbnails."""

import io
import sqlite3
import zipfile

import cv2
import numpy as np
from PIL import Image as Pillow

ROW_PX = 10


def telling_rows(originals, areas):
    """Rows of pixels inside covered areas that are nowhere outside them and not of one colour."""
    found = {}
    for stem, values in originals.items():
        for area in areas[stem]:
            for y in range(area.y, area.y + area.height, 3):
                row = values[y, area.x : area.x + min(area.width, ROW_PX)]
                if len(np.unique(row, axis=0)) > ROW_PX // 2:
                    found[row.tobytes()] = stem
    return found


def search(places, rows, originals, areas, secrets):
    """What of the originals is found in files, packed or not, and in the pictures that they hold."""
    found = {"original rows": [], "secrets": [], "thumbnails": [], "original pictures": []}
    not_flat, n_pictures, n_files = [], 0, 0
    for name, content in files_in(places):
        n_files += 1
        if any(secret in content for secret in secrets):
            found["secrets"].append(name)
        for picture_name, picture in pictures_in(name, content):
            n_pictures += 1
            if any(row in picture.tobytes() for row in rows):
                found["original rows"].append(picture_name)
            for stem, original in originals.items():
                if is_like(picture, original):
                    if looks_original(picture, original, areas[stem]):
                        small = picture.shape[0] < original.shape[0]
                        found["thumbnails" if small else "original pictures"].append(picture_name)
                    elif picture.shape == original.shape and stem in picture_name:
                        not_flat += [picture_name] * (not all(is_flat(picture, a) for a in areas[stem]))
        if any(row in content for row in rows):
            found["original rows"].append(name)
    found = {key: sorted(set(names)) for key, names in found.items()}
    return {"found": found, "not_flat": not_flat[:5], "n_pictures": n_pictures, "n_files": n_files}


def files_in(places):
    for place in places:
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if not path.is_file():
                continue
            content = path.read_bytes()
            yield str(path), content
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    for member in archive.namelist():
                        yield f"{path}!{member}", archive.read(member)
            if path.suffix == ".parquet":
                from pyarrow import parquet

                for k, row in enumerate(parquet.read_table(path).to_pylist()):
                    for column, value in row.items():
                        if isinstance(value, dict) and value.get("bytes"):
                            yield f"{path}!{k}/{column}/{value.get('path')}", value["bytes"]
            if path.name == "catalogue.db":
                with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
                    yield f"{path}!dump", "\n".join(database.iterdump()).encode("utf-8", "replace")


def pictures_in(name, content):
    """Every picture that begins anywhere in the bytes: the file itself, thumbnails, attached ones."""
    for start in (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF", b"II*\0"):
        at = content.find(start)
        while at >= 0:
            picture = read_picture(content[at:])
            if picture is not None:
                yield f"{name}@{at}", picture
            at = content.find(start, at + 1)


def read_picture(content):
    try:
        with Pillow.open(io.BytesIO(content)) as picture:
            return np.asarray(picture.convert("RGB"))
    except (OSError, SyntaxError, ValueError):
        return None


def is_like(picture, original):
    """Whether a picture has the shape of a frame, larger or smaller."""
    return abs(picture.shape[1] / picture.shape[0] - original.shape[1] / original.shape[0]) < 0.03


def looks_original(picture, original, areas):
    """Whether a covered area of the frame is seen in the picture: both brought to one small size."""
    size = (480, 360)
    seen = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float64)
    wanted = cv2.resize(original[..., :3], size, interpolation=cv2.INTER_AREA).astype(np.float64)
    for area in areas:
        a, b = (p[area.y : area.y + area.height, area.x : area.x + area.width] for p in (seen, wanted))
        if min(a.shape[:2]) >= 6 and a.std() > 4 and b.std() > 4:
            alike = float(np.corrcoef(a.ravel(), b.ravel())[0, 1])
            if alike > 0.9:
                return True
    return False


def is_flat(picture, area):
    """Whether an area has one colour, but for what JPEG does at its edge and areas laid over it."""
    inner = picture[area.y + 8 : area.y + area.height - 8, area.x + 8 : area.x + area.width - 8]
    steps = [np.abs(np.diff(inner.astype(int), axis=axis)).ravel() for axis in (0, 1)]
    joined = np.concatenate(steps)
    return not joined.size or np.median(joined) <= 1
