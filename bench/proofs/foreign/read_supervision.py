"""Read YOLO with supervision: `read_supervision.py FOLDER PART PLANES.npz`, run in its venv.

Every line is a mask; small ones are painted over large ones, as Ultralytics does.
"""

import sys
from pathlib import Path

import numpy as np
import supervision


def main(folder, part, target):
    root = Path(folder)
    dataset = supervision.DetectionDataset.from_yolo(
        images_directory_path=str(root / "images" / part),
        annotations_directory_path=str(root / "labels" / part),
        data_yaml_path=str(root / "data.yaml"),
        force_masks=True,
    )
    planes = {}
    for path, image, found in dataset:
        plane = np.full(image.shape[:2], 255, dtype=np.uint8)
        masks = found.mask if len(found) else np.zeros((0, *image.shape[:2]), dtype=bool)
        for k in np.argsort(-masks.sum(axis=(1, 2)), kind="stable"):
            plane[masks[k]] = found.class_id[k]
        planes[Path(path).stem] = plane
    np.savez(target, **planes, **{".names": np.array(dataset.classes)})


if __name__ == "__main__":
    main(*sys.argv[1:])
