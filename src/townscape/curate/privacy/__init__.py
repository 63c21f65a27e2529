"""Privacy: finding faces and plates, covering them, and proving that the originals are gone."""
