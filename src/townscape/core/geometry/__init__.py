"""Outline ↔ raster: tracing the regions of a label map, and filling polygons by a named rule."""
