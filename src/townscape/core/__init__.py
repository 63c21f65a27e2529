"""Pure values and numbers: no files, no database, no clock."""
