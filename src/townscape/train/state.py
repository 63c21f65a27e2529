"""The resumable state of a training run: all of it, whole or not at all."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from townscape.core.errors import ModelError
from townscape.workspace.folder import write_atomically

_FILE = "state.safetensors"
_BEST = "best.safetensors"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where training stands: steps done, and the best score on tune with its step."""

    step: int
    best_score: float | None = None
    best_step: int | None = None


class TrainingState:
    """Saves and loads network, averaged weights, optimiser and progress in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def save(
        self,
        progress: Progress,
        network: nn.Module,
        average: Mapping[str, torch.Tensor],
        optimizer: torch.optim.Optimizer,
    ) -> None:
        """Write everything into one file (temp → fsync → rename)."""
        from safetensors.torch import save

        tensors = {f"network.{k}": v for k, v in network.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in average.items()}
        for index, values in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{name}": torch.as_tensor(v) for name, v in values.items()}
        contiguous = {k: v.detach().cpu().contiguous() for k, v in tensors.items()}
        metadata = {"progress": json.dumps(asdict(progress))}
        write_atomically(self._folder / _FILE, save(contiguous, metadata=metadata))

    def load(
        self, network: nn.Module, average: dict[str, torch.Tensor], optimizer: torch.optim.Optimizer
    ) -> Progress | None:
        """Bring everything back in place; None if nothing was saved yet."""
        path = self._folder / _FILE
        if not path.is_file():
            return None
        tensors, metadata = _read(path)
        network.load_state_dict(_under(tensors, "network."))
        for name, value in _under(tensors, "average.").items():
            average[name].copy_(value)
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for name, value in _under(tensors, "optimizer.").items():
            index, _, field = name.partition(".")
            moments.setdefault(int(index), {})[field] = value
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": moments, "param_groups": groups})
        return Progress(**json.loads(metadata["progress"]))

    def save_best(self, average: Mapping[str, torch.Tensor]) -> None:
        """Keep these averaged weights as the best so far."""
        from safetensors.torch import save

        write_atomically(self._folder / _BEST, save({k: v.contiguous() for k, v in average.items()}))

    def load_best(self) -> dict[str, torch.Tensor] | None:
        """The best weights so far."""
        path = self._folder / _BEST
        return _read(path)[0] if path.is_file() else None

    def write_fact(self, name: str, values: Mapping[str, Any]) -> None:
        """Record something that a resumed run must not decide anew."""
        write_atomically(self._folder / f"{name}.json", json.dumps(dict(values)).encode())

    def read_fact(self, name: str) -> dict[str, Any] | None:
        """What `write_fact` recorded."""
        path = self._folder / f"{name}.json"
        return json.loads(path.read_text("utf-8")) if path.is_file() else None


def _under(tensors: Mapping[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _read(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as stream:
            return {k: stream.get_tensor(k) for k in stream.keys()}, stream.metadata() or {}  # noqa: SIM118
    except SafetensorError as error:
        raise ModelError(f"{path} is damaged: {error}.", hint="start the training again.") from error
