"""Machine help for labelling, one file per aid: pure functions over pixels."""
