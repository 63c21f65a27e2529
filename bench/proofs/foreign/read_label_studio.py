"""Decode brush regions with Label Studio's SDK: `read_label_studio.py EXPORT.json PLANES.npz NAME…`.

Run in its venv; the SDK decodes bit by bit, so that the pictures are named that are wanted.
"""

import json
import sys
from pathlib import Path

import numpy as np
from label_studio_sdk.converter.brush import decode_rle


def main(export, target, *wanted):
    planes, names = {}, []
    for task in json.loads(Path(export).read_text("utf-8")):
        name = Path(next(v for v in task["data"].values() if isinstance(v, str) and "." in v)).stem
        if name not in wanted:
            continue
        for result in task["annotations"][0]["result"]:
            value = result["value"]
            if value.get("format") != "rle":
                continue
            size = result["original_height"], result["original_width"]
            alpha = decode_rle(value["rle"]).reshape(*size, 4)[..., 3]
            label = value["brushlabels"][0]
            names += [label] if label not in names else []
            plane = planes.setdefault(name, np.full(size, 255, dtype=np.uint8))
            plane[alpha > 0] = names.index(label)
    np.savez(target, **planes, **{".names": np.array(names)})


if __name__ == "__main__":
    main(*sys.argv[1:])
