"""Fixtures of the tests of curating."""

from tests.curate.redacting import workspace  # noqa: F401 - a fixture
