"""Write YOLO with supervision: `write_supervision.py PLANES.npz IMAGES FOLDER`, run in its venv.

Planes hold class numbers, 255 nowhere; every class of a picture is one mask.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
import supervision


def smooth(mask):
    """Without lines of one pixel, round which the library does not find its way."""
    return cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0


def main(planes, images, folder):
    root = Path(folder)
    found, paths = {}, []
    with np.load(planes) as content:
        classes = [str(name) for name in content[".names"]]
        for name in content.files:
            if name == ".names":
                continue
            path = next(Path(images).rglob(f"{name}.png"))
            smoothed = {k: smooth(content[name] == k) for k in np.unique(content[name]) if k != 255}
            # A mask without a pixel would become a box without a size, which the library reads as one pixel.
            masks = np.stack([mask for mask in smoothed.values() if mask.any()])
            present = [k for k, mask in smoothed.items() if mask.any()]
            boxes = supervision.mask_to_xyxy(masks)
            paths.append(str(path))
            found[str(path)] = supervision.Detections(xyxy=boxes, mask=masks, class_id=np.array(present))
    dataset = supervision.DetectionDataset(classes=classes, images=paths, annotations=found)
    dataset.as_yolo(
        images_directory_path=str(root / "images" / "train"),
        annotations_directory_path=str(root / "labels" / "train"),
        data_yaml_path=str(root / "data.yaml"),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
