"""Read a dataset with Datumaro: `read_datumaro.py FORMAT FOLDER PLANES.npz`, run in its venv.

Writes a plane of label numbers (255 nowhere) for every picture, and `.names` for the labels.
"""

import logging
import sys

import numpy as np
from datumaro.components.annotation import Annotations, AnnotationType, Polygon
from datumaro.components.dataset import Dataset

logging.disable(logging.WARNING)


def main(kind, folder, target):
    dataset = Dataset.import_from(folder, kind)
    if any(isinstance(a, Polygon) for item in dataset for a in item.annotations):
        dataset.transform("polygons_to_masks")
    planes = {}
    for item in dataset:
        # COCO's files are read from the end; overlaps are painted in the order of the file.
        masks = Annotations(sorted(item.annotations, key=lambda a: a.id))
        if masks:
            planes[item.id] = masks.get_semantic_seg_mask(ignore_index=255, dtype=np.uint8)
    names = [label.name for label in dataset.categories()[AnnotationType.label].items]
    np.savez(target, **planes, **{".names": np.array(names)})


if __name__ == "__main__":
    main(*sys.argv[1:])
