"""How labels lie in bytes: PNG masks, run lengths, big JSON and XML, painting of shapes."""
