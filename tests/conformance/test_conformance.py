"""Every extension that is found meets the suite of its kind, from the moment it exists."""

import pytest

from townscape.insights.kinds import insight_names
from townscape.models.architectures import architecture_names
from townscape.models.runtimes import runtime_names
from townscape.testing.conformance import architectures, insights, runtimes


@pytest.mark.parametrize("name", architecture_names())
def test_architectures(name):
    architectures.check(name)


@pytest.mark.parametrize("name", runtime_names())
def test_runtimes(name, tmp_path):
    runtimes.check(name, tmp_path)


@pytest.mark.parametrize("name", insight_names())
def test_insights(name):
    insights.check(name)
