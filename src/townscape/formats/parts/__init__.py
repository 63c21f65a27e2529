"""Parts of one format each (or of one family), where the file in `kinds` would be too long."""
