"""A synthetic city: an orthophoto with districts, street views, and the exact truth of both."""
