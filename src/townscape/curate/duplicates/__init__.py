"""Finding copies of pictures: candidates by hash, proof by laying one over the other, groups."""
