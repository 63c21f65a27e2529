"""What the formats of geographic information systems share: rasters, layers, styles."""
