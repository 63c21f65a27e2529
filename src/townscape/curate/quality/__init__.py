"""How good pictures are as pictures: sharp, bright, level, whole and of the usual size."""
