"""The label store loses no acknowledged revision: the state machine at length, and kill -9 in 200 saves."""

import shutil

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from proofs.tools import at_least, is_true
from townscape.testing.durability import kill_during_saves
from townscape.testing.label_machine import LabelStoreMachine


def prove(bench):
    examples = bench.step("machine", run_machine)
    survived = bench.step("kills", lambda: kill(bench.folder / "kills"))
    return {
        "checks": [
            is_true("histories with saves, objects, reverts, compaction and crashes agree", True, examples),
            at_least("acknowledged saves", survived["acknowledged"], 200),
            is_true("none of them is lost", not survived["lost"], survived["lost"]),
            is_true("the workspace opens and verifies", not survived["findings"], survived["findings"]),
        ],
        **survived,
    }


def run_machine():
    at_length = settings(
        max_examples=250,
        stateful_step_count=30,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
    )
    run_state_machine_as_test(LabelStoreMachine, settings=at_length)
    return {"histories": 250, "steps_each": 30}


def kill(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    found = kill_during_saves(folder, n_saves=200)
    return {
        "acknowledged": found.acknowledged,
        "revisions": found.revisions,
        "kills": found.kills,
        "lost": list(found.lost),
        "findings": list(found.findings),
    }
