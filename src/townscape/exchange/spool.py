"""Records that are set aside in a file, to be taken up again in order: memory does not grow with them."""

import pickle
import tempfile
import weakref
from collections.abc import Iterator
from typing import Generic, TypeVar

Record = TypeVar("Record")


class Spool(Generic[Record]):
    """A list in a temporary file without a name; it is gone with the object."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed together with this object
        self._places: list[int] = []
        weakref.finalize(self, self._file.close)

    def __len__(self) -> int:
        return len(self._places)

    def append(self, record: Record) -> None:
        """Set a record aside."""
        self._file.seek(0, 2)
        self._places.append(self._file.tell())
        pickle.dump(record, self._file, protocol=pickle.HIGHEST_PROTOCOL)

    def __getitem__(self, index: int) -> Record:
        self._file.seek(self._places[index])
        return pickle.load(self._file)  # noqa: S301 - our own bytes, in a file that nobody else can open

    def __iter__(self) -> Iterator[Record]:
        for index in range(len(self)):
            yield self[index]
