"""Cutting convex shapes: the plane geometry that streets, blocks and parcels are made of.

A *ring* is an n x 2 float array of corners in pixels (x right, y down), not closed, in either
turning direction. Functions that need convex rings say so.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Ring = NDArray[np.float64]


def area_of(ring: Ring) -> float:
    """Area in square pixels."""
    x, y = ring[:, 0], ring[:, 1]
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2


def clip(
    ring: Ring, tags: Sequence[float], *, origin: Ring, normal: Ring, tag: float
) -> tuple[Ring, list[float]]:
    """The part of a convex ring on the side of the line through `origin` that `normal` points to.

    `tags[i]` belongs to the edge from corner i to the next; the new edge gets `tag`. The ring
    is empty (0 x 2) where nothing is left.
    """
    side = (ring - origin) @ normal
    points: list[Ring] = []
    kept: list[float] = []
    n = len(ring)
    for i in range(n):
        j = (i + 1) % n
        crosses = (side[i] >= 0) != (side[j] >= 0)
        if side[i] >= 0:
            points.append(ring[i])
            kept.append(tags[i])
        if crosses:
            t = side[i] / (side[i] - side[j])
            points.append(ring[i] + t * (ring[j] - ring[i]))
            kept.append(tag if side[i] >= 0 else tags[i])
    return (np.array(points) if len(points) > 2 else np.empty((0, 2))), kept


def split(
    ring: Ring, tags: Sequence[float], *, origin: Ring, along: Ring, tag: float
) -> tuple[tuple[Ring, list[float]], tuple[Ring, list[float]]]:
    """Both parts of a convex ring cut by the line through `origin` in direction `along`."""
    normal = np.array([-along[1], along[0]])
    return (
        clip(ring, tags, origin=origin, normal=normal, tag=tag),
        clip(ring, tags, origin=origin, normal=-normal, tag=tag),
    )


def inset(ring: Ring, by_px: float | Sequence[float]) -> Ring:
    """A convex ring with every edge moved inwards; empty where nothing is left."""
    n = len(ring)
    distances = [float(by_px)] * n if isinstance(by_px, int | float) else [float(d) for d in by_px]
    centre = ring.mean(axis=0)
    out, tags = ring, [0.0] * n
    for i in range(n):
        start, edge = ring[i], ring[(i + 1) % n] - ring[i]
        length = float(np.hypot(*edge))
        if length < 1e-6:
            continue
        normal = np.array([-edge[1], edge[0]]) / length
        if np.dot(centre - start, normal) < 0:
            normal = -normal
        out, tags = clip(out, tags, origin=start + normal * distances[i], normal=normal, tag=0.0)
        if len(out) == 0:
            return out
    return out


def long_axis(ring: Ring) -> tuple[Ring, Ring, float, float]:
    """Centre, unit direction, length and breadth of the smallest rectangle around a ring."""
    (cx, cy), (first, second), angle = cv2.minAreaRect(ring.astype(np.float32))
    turn = np.radians(angle) + (0 if first >= second else np.pi / 2)
    direction = np.array([np.cos(turn), np.sin(turn)])
    return np.array([cx, cy]), direction, float(max(first, second)), float(min(first, second))


def thickness(ring: Ring) -> float:
    """Distance from the middle of a convex ring to its nearest edge; 0 for an empty ring."""
    if len(ring) == 0:
        return 0.0
    return min(
        (abs(float(np.dot(ring.mean(axis=0) - a, normal))) for a, _, normal, _ in edges(ring)), default=0.0
    )


def edges(ring: Ring) -> list[tuple[Ring, Ring, Ring, float]]:
    """Start, unit direction, inward unit normal and length of every edge longer than a pixel."""
    centre = ring.mean(axis=0)
    out: list[tuple[Ring, Ring, Ring, float]] = []
    for start, end in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        length = float(np.hypot(*(end - start)))
        if length < 1:
            continue
        along = (end - start) / length
        normal = np.array([-along[1], along[0]])
        out.append((start, along, normal if np.dot(centre - start, normal) > 0 else -normal, length))
    return out


def densify(ring: Ring, step_px: float, *, is_closed: bool = True) -> Ring:
    """The same outline with a corner at least every `step_px`."""
    ends = np.roll(ring, -1, axis=0) if is_closed else ring[1:]
    parts: list[Ring] = []
    for start, end in zip(ring, ends, strict=False):
        n = max(1, int(np.ceil(np.hypot(*(end - start)) / step_px)))
        parts.append(start + np.linspace(0, 1, n, endpoint=False)[:, None] * (end - start))
    if not is_closed:
        parts.append(ring[-1:])
    return np.concatenate(parts)


def rectangle(centre: Ring, along: Ring, length: float, breadth: float) -> Ring:
    """The four corners of a rectangle; `along` is the unit direction of its length."""
    across = np.array([-along[1], along[0]])
    a, b = along * length / 2, across * breadth / 2
    return np.array([centre - a - b, centre + a - b, centre + a + b, centre - a + b])


def parcels(ring: Ring, rng: Generator, *, area_px: float) -> list[Ring]:
    """A convex ring halved across its long axis again and again, down to about `area_px`."""
    out: list[Ring] = []
    waiting = [ring]
    while waiting:
        piece = waiting.pop()
        centre, axis, length, breadth = long_axis(piece)
        if area_of(piece) < area_px * rng.uniform(1.1, 1.9) or breadth < 4:
            out.append(piece)
            continue
        turn = rng.normal(0, 0.03)
        along = np.array([-axis[1] - turn * axis[0], axis[0] - turn * axis[1]])
        cut_at = centre + axis * length * rng.uniform(-0.12, 0.12)
        halves = split(piece, [0.0] * len(piece), origin=cut_at, along=along, tag=0.0)
        waiting += [half for half, _ in halves if len(half)]
    return out


def scatter(ring: Ring, rng: Generator, *, spacing_px: float) -> Ring:
    """Points (n x 2) on a shaken hexagonal grid inside a ring, about `spacing_px` apart.

    An empty ring has none.
    """
    if len(ring) == 0:
        return np.empty((0, 2))
    left, top = ring.min(axis=0)
    right, bottom = ring.max(axis=0)
    ys, xs = np.mgrid[top : bottom + 1 : spacing_px * 0.87, left : right + 1 : spacing_px]
    xs = xs + (np.arange(len(xs)) % 2)[:, None] * spacing_px / 2
    points = np.stack([xs.ravel(), ys.ravel()], axis=1)
    points = points + rng.uniform(-0.36, 0.36, points.shape) * spacing_px
    return points[contains(ring, points)]


def contains(ring: Ring, points: Ring) -> NDArray[np.bool_]:
    """Which of the points (n x 2) lie inside a ring of any shape."""
    x, y = points[:, 0:1], points[:, 1:2]
    x0, y0 = ring[:, 0], ring[:, 1]
    x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
    spans = (y0 > y) != (y1 > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = x0 + (y - y0) / (y1 - y0) * (x1 - x0)
    return (np.count_nonzero(spans & (x < crossing), axis=1) % 2).astype(bool)


def disc(centre: Ring, radius_px: float) -> Ring:
    """A circle as a ring."""
    turn = np.linspace(0, 2 * np.pi, max(12, int(radius_px)), endpoint=False)
    return centre + radius_px * np.stack([np.cos(turn), np.sin(turn)], axis=1)


def blob(rng: Generator, centre: Ring, radius_px: float, *, roughness: float = 0.25) -> Ring:
    """A smooth irregular outline of about `radius_px`."""
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    radius = np.ones(40)
    for k in range(2, 6):
        radius += roughness / k * rng.normal() * np.cos(k * turn + rng.uniform(0, 6.28))
    stretch, lean = rng.uniform(0.75, 1.3), rng.uniform(0, np.pi)
    x, y = np.cos(turn) * radius * stretch, np.sin(turn) * radius / stretch
    c, s = np.cos(lean), np.sin(lean)
    return centre + radius_px * np.stack([c * x - s * y, s * x + c * y], axis=1)


def shifted(line: Ring, aside_px: float) -> Ring:
    """An open line moved sideways: to its right, as seen on the picture, for positive distances."""
    along = np.gradient(line, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    return line + aside_px * across / np.hypot(across[:, 0], across[:, 1])[:, None]
