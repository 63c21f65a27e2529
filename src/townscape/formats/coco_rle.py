from townscape.core.geometry.coco_rle import *  # temporary: use townscape.core.geometry.coco_rle
