"""Looking into an ONNX file, and freeing its input from a fixed size, without the `onnx` package.

An ONNX file is a protocol buffer; only what is needed of its fields is known here. Numbers of fields
are those of onnx.proto3 (ONNX IR 4 and later).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from townscape.core.errors import ModelError

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

_MODEL_GRAPH = 7
_GRAPH_INITIALIZER, _GRAPH_INPUT, _GRAPH_OUTPUT, _GRAPH_VALUE_INFO = 5, 11, 12, 13
_TENSOR_NAME, _TENSOR_EXTERNAL_DATA, _TENSOR_DATA_LOCATION = 8, 13, 14
_VALUE_NAME, _VALUE_TYPE = 1, 2
_TYPE_TENSOR, _TENSOR_SHAPE, _SHAPE_DIM = 1, 2, 1


@dataclass(frozen=True, slots=True)
class _Field:
    """One field of a message: its number, kind, what it holds, and all of its bytes."""

    number: int
    kind: int
    content: bytes
    raw: bytes


def free_sizes(content: bytes) -> bytes:
    """The same network for pictures of any size and number.

    Every size in the shapes of inputs and outputs becomes "unknown", weights are no longer listed
    among the inputs, and shapes noted for the layers between are dropped. Right for networks that
    are convolutions only. Raises `ModelError` if the bytes are no ONNX model.
    """
    return b"".join(
        _joined(f.number, _freed_graph(f.content)) if f.number == _MODEL_GRAPH else f.raw
        for f in _fields(content)
    )


def has_external_data(content: bytes) -> bool:
    """Whether a model wants weights from other files. Raises `ModelError` if it is no ONNX model."""
    for graph in _of_number(_fields(content), _MODEL_GRAPH):
        for tensor in _of_number(_fields(graph), _GRAPH_INITIALIZER):
            for field in _fields(tensor):
                is_elsewhere = field.number == _TENSOR_DATA_LOCATION and field.content not in (b"", b"\0")
                if field.number == _TENSOR_EXTERNAL_DATA or is_elsewhere:
                    return True
    return False


def _freed_graph(graph: bytes) -> bytes:
    fields = list(_fields(graph))
    weights = {_name(t, _TENSOR_NAME) for t in _of_number(iter(fields), _GRAPH_INITIALIZER)}
    kept: list[bytes] = []
    for field in fields:
        if field.number == _GRAPH_VALUE_INFO:
            continue
        if field.number not in (_GRAPH_INPUT, _GRAPH_OUTPUT):
            kept.append(field.raw)
        elif field.number == _GRAPH_OUTPUT or _name(field.content, _VALUE_NAME) not in weights:
            kept.append(_joined(field.number, _freed_value(field.content)))
    return b"".join(kept)


def _freed_value(value: bytes) -> bytes:
    """A named value whose shape has the same number of sizes, all unknown."""
    path = (_VALUE_TYPE, _TYPE_TENSOR, _TENSOR_SHAPE, _SHAPE_DIM)
    return _emptied(value, path)


def _emptied(message: bytes, path: tuple[int, ...]) -> bytes:
    """The message with every field at the end of the path empty."""
    if not path:
        return b""
    return b"".join(
        _joined(f.number, _emptied(f.content, path[1:])) if (f.number, f.kind) == (path[0], _BYTES) else f.raw
        for f in _fields(message)
    )


def _name(message: bytes, number: int) -> bytes:
    return next(_of_number(_fields(message), number), b"")


def _of_number(fields: Iterator[_Field], number: int) -> Iterator[bytes]:
    return (f.content for f in fields if f.number == number)


def _fields(message: bytes) -> Iterator[_Field]:
    at = 0
    while at < len(message):
        start = at
        key, at = _read_varint(message, at)
        kind = key & 7
        if kind == _BYTES:
            length, at = _read_varint(message, at)
        elif kind == _VARINT:
            length = _read_varint(message, at)[1] - at
        else:
            length = {_FIXED64: 8, _FIXED32: 4}.get(kind, -1)
        end = at + length
        if length < 0 or end > len(message):
            raise _no_model()
        yield _Field(key >> 3, kind, message[at:end], message[start:end])
        at = end


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(message) or shift > 63:
            raise _no_model()
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _varint(value: int) -> bytes:
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def _joined(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(content)) + content


def _no_model() -> ModelError:
    return ModelError("The file is no ONNX model.", hint="export the network as ONNX again.")
