"""Encode masks with Label Studio's SDK: `write_label_studio.py PLANES.npz EXPORT.json`, run in its venv."""

import json
import sys
from pathlib import Path

import numpy as np
from label_studio_sdk.converter.brush import mask2rle


def main(planes, export):
    tasks = []
    with np.load(planes) as content:
        classes = [str(name) for name in content[".names"]]
        for name in content.files:
            if name == ".names":
                continue
            plane, results = content[name], []
            for k in (k for k in np.unique(plane) if k != 255):
                value = {"format": "rle", "rle": mask2rle(np.where(plane == k, 255, 0).astype(np.uint8))}
                results.append(
                    {
                        "id": f"{name}-{k}",
                        "type": "brushlabels",
                        "from_name": "tag",
                        "to_name": "image",
                        "original_height": plane.shape[0],
                        "original_width": plane.shape[1],
                        "value": {**value, "brushlabels": [classes[k]]},
                    }
                )
            task = {"id": len(tasks) + 1, "data": {"image": f"/data/upload/1/{name}.png"}}
            tasks.append({**task, "annotations": [{"id": len(tasks) + 1, "result": results}]})
    Path(export).write_text(json.dumps(tasks), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
