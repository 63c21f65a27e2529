"""What is told about errands while they end."""

import threading
import time

from townscape.server.cvat.errands import ErrandAbout, Errands, Outcome
from townscape.workspace import create_workspace, open_workspace
from townscape.workspace.numbered import NumberedRecords

ABOUT = ErrandAbout(type="create:task", target="task", user="cvat")


def test_an_errand_that_ends_while_it_is_looked_up_has_not_failed(tmp_path, monkeypatch):
    create_workspace(tmp_path / "ws").close()
    before, may_end = threading.active_count(), threading.Event()

    def work(progressing):
        del progressing
        assert may_end.wait(30)
        return Outcome(number=3)

    def look_up_while_it_ends(self, kind, key):
        found = look_up(self, kind, key)
        may_end.set()
        while threading.active_count() > before:
            time.sleep(0.01)
        return found

    with open_workspace(tmp_path / "ws") as workspace:
        errands = Errands(workspace)
        errand_id = errands.start(ABOUT, work)
        look_up = NumberedRecords.find_key
        monkeypatch.setattr(NumberedRecords, "find_key", look_up_while_it_ends)
        about = errands.get(errand_id).about
    assert (about.state, about.result_id) == ("finished", 3), about.message
