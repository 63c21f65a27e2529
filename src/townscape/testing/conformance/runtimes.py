"""What every inference engine must do."""

from pathlib import Path

import numpy as np

from townscape.core.taxonomy import read_taxonomy
from townscape.models.runtimes import load_runtime
from townscape.testing.tiny_models import tiny_card, write_color_model


def check(name: str, folder: Path) -> None:
    """Reads the card; gives probabilities at the input's size for any batch; repeats itself; knows
    the answers of a model that knows them.
    """
    taxonomy = read_taxonomy("land-cover")
    path = folder / "colour.onnx"
    write_color_model(path, tiny_card(taxonomy, name="colour"))
    runtime = load_runtime(path, engine=name, threads=1)
    assert runtime.card.name == "colour", f"{name} does not read the card in the file"
    colors = np.array([taxonomy.get_class(n).rgb for n in taxonomy.channels], dtype=np.float32)
    for n, height, width in ((1, 32, 32), (3, 64, 96)):
        channels = np.random.default_rng(n).integers(0, len(colors), (n, height, width))
        values = np.moveaxis(colors[channels], -1, 1)
        found = runtime.probabilities(np.ascontiguousarray(values))
        assert found.shape == (n, len(colors), height, width), f"{name} gives {found.shape}"
        assert found.dtype == np.float32, f"{name} gives {found.dtype}"
        assert np.allclose(found.sum(axis=1), 1, atol=1e-4), f"{name}'s probabilities do not add up to 1"
        assert np.array_equal(found.argmax(axis=1), channels), f"{name} gives other classes"
        assert np.array_equal(runtime.probabilities(np.ascontiguousarray(values)), found), (
            f"{name} does not repeat itself"
        )
