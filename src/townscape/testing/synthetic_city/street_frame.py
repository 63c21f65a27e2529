"""A street view in the making: a camera on the ground, and planes painted from far to near.

Ground coordinates are metres: x to the right of the middle of the street, y up, z along the street.
The picture is painted at twice its size and halved at the end, which smooths its edges.
"""

from dataclasses import dataclass
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Rgb = NDArray[Any]
"""Height x width x 3 (or 4), uint8."""
Color = tuple[float, float, float]
"""Red, green, blue, 0...255."""

OVERSAMPLE = 2

NEAREST_M = 1.1
"""Nothing nearer to the camera is drawn."""


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera that looks along the street."""

    x: float
    y: float
    z: float
    focal_px: float
    u0: float
    """Column of the vanishing point."""
    v0: float
    """Row of the horizon."""

    def scale_at(self, z: float) -> float:
        """Pixels per metre at a distance along the street."""
        return self.focal_px / max(z - self.z, NEAREST_M)

    def project(self, points: Points) -> Points:
        """Image points (n x 2) of ground points (n x 3), all in front of the camera."""
        away = np.maximum(points[:, 2] - self.z, NEAREST_M)
        u = self.u0 + self.focal_px * (points[:, 0] - self.x) / away
        v = self.v0 - self.focal_px * (points[:, 1] - self.y) / away
        return np.stack([u, v], axis=1)

    def cut(self, points: Points) -> Points:
        """The part of a flat outline (n x 3) in front of the camera; empty if there is none."""
        away = points[:, 2] - self.z - NEAREST_M
        if (away >= 0).all():
            return points
        out: list[Points] = []
        for k in range(len(points)):
            j = (k + 1) % len(points)
            if away[k] >= 0:
                out.append(points[k])
            if (away[k] >= 0) != (away[j] >= 0):
                t = away[k] / (away[k] - away[j])
                out.append(points[k] + t * (points[j] - points[k]))
        return np.array(out).reshape(-1, 3)


@dataclass(slots=True)
class Frame:
    """Planes of one size: colour, segment id and distance of what is nearest so far."""

    camera: Camera
    rgb: Rgb
    """Height x width x 3, in even light apart from what the painter of a thing put in."""
    segments: NDArray[np.int32]
    away_m: NDArray[np.float32]
    """Distance along the street, for haze."""

    @classmethod
    def blank(cls, camera: Camera, height_px: int, width_px: int) -> Self:
        """Nothing painted yet, infinitely far."""
        shape = (height_px, width_px)
        return cls(
            camera,
            np.zeros((*shape, 3), np.uint8),
            np.zeros(shape, np.int32),
            np.full(shape, 1e4, np.float32),
        )

    def fill(self, points: Points, color: Color, segment: int) -> None:
        """Paint a flat outline given in ground coordinates (n x 3)."""
        points = self.camera.cut(points)
        if len(points) > 2:
            self.fill_flat(
                self.camera.project(points), color, segment, float(points[:, 2].mean()) - self.camera.z
            )

    def fill_flat(self, points: Points, color: Color, segment: int, away_m: float) -> None:
        """Paint an outline given in the picture (n x 2)."""
        fixed = [np.round(np.clip(points, -30_000, 30_000) * 16).astype(np.int32)]
        cv2.fillPoly(self.rgb, fixed, color, shift=4)
        cv2.fillPoly(self.segments, fixed, segment, shift=4)
        cv2.fillPoly(self.away_m, fixed, away_m, shift=4)

    def line(self, points: Points, breadth_m: float, color: Color, segment: int) -> None:
        """Paint a thin bar along ground points (n x 3) that lie in front of the camera."""
        away = float(points[:, 2].min()) - self.camera.z
        if away < NEAREST_M:
            return
        thickness = max(1, round(breadth_m * self.camera.focal_px / away))
        fixed = [np.round(np.clip(self.camera.project(points), -30_000, 30_000) * 16).astype(np.int32)]
        cv2.polylines(self.rgb, fixed, False, color, thickness, shift=4)
        cv2.polylines(self.segments, fixed, False, segment, thickness, shift=4)
        cv2.polylines(self.away_m, fixed, False, away, thickness, shift=4)

    def paper(self, texture: Rgb, quad: Points, segment: int) -> None:
        """Paste a texture onto four corners (4 x 3): its top left, top right, bottom right, bottom left.

        All corners must lie in front of the camera.
        """
        corners = self.camera.project(quad)
        left, top = np.floor(corners.min(axis=0)).astype(int)
        right, bottom = np.ceil(corners.max(axis=0)).astype(int) + 1
        height_px, width_px = self.segments.shape
        rows = slice(max(0, int(top)), min(height_px, int(bottom)))
        columns = slice(max(0, int(left)), min(width_px, int(right)))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return
        # A texture far larger than its place would sparkle: it is averaged down first.
        wide = min(texture.shape[1], max(4, int(right - left) * 2))
        high = min(texture.shape[0], max(4, int(bottom - top)))
        if wide < texture.shape[1] or high < texture.shape[0]:
            texture = cv2.resize(texture, (wide, high), interpolation=cv2.INTER_AREA)
        h, w = texture.shape[:2]
        source = np.array([[0, 0], [w, 0], [w, h], [0, h]], dtype=np.float32)
        target = (corners - (columns.start, rows.start)).astype(np.float32)
        matrix = cv2.getPerspectiveTransform(source, target)
        size = (columns.stop - columns.start, rows.stop - rows.start)
        pasted = cv2.warpPerspective(
            texture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        mask = np.zeros(size[::-1], dtype=np.uint8)
        cv2.fillConvexPoly(mask, np.round(target * 16).astype(np.int32), 1, shift=4)
        inside = mask > 0
        self.rgb[rows, columns][inside] = pasted[inside]
        self.segments[rows, columns][inside] = segment
        self.away_m[rows, columns][inside] = float(quad[:, 2].mean()) - self.camera.z

    def stamp(self, sprite: Rgb, centre: Points, side_px: int, segment: int, away_m: float) -> None:
        """Blend a square sprite (side x side x 4, the last band its opacity) around an image point."""
        left, top = (np.round(centre) - side_px / 2).astype(int).tolist()
        height_px, width_px = self.segments.shape
        rows = slice(max(0, top), min(height_px, top + side_px))
        columns = slice(max(0, left), min(width_px, left + side_px))
        if side_px < 2 or rows.start >= rows.stop or columns.start >= columns.stop:
            return
        way = cv2.INTER_AREA if side_px < len(sprite) else cv2.INTER_LINEAR
        scaled = cv2.resize(sprite, (side_px, side_px), interpolation=way)
        part = scaled[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
        opacity = part[..., 3:].astype(np.float32) / 255
        here = self.rgb[rows, columns]
        here[:] = (here + (part[..., :3] - here.astype(np.float32)) * opacity).astype(np.uint8)
        solid = part[..., 3] > 127
        self.segments[rows, columns][solid] = segment
        self.away_m[rows, columns][solid] = away_m


def box_face(x0: float, x1: float, y0: float, y1: float, z: float) -> Points:
    """A rectangle that faces the camera: top left, top right, bottom right, bottom left."""
    return np.array([[x0, y1, z], [x1, y1, z], [x1, y0, z], [x0, y0, z]])


def side_face(x: float, y0: float, y1: float, z0: float, z1: float) -> Points:
    """A rectangle along the street: top near, top far, bottom far, bottom near."""
    return np.array([[x, y1, z0], [x, y1, z1], [x, y0, z1], [x, y0, z0]])


def shade(color: Color, factor: float) -> Color:
    """A colour made darker or lighter."""
    r, g, b = (min(255.0, max(0.0, c * factor)) for c in color)
    return r, g, b
