"""Fronts of houses, drawn flat: walls, windows, doors, shops, balconies, cornices."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator

from townscape.testing.synthetic_city.street_frame import Color, Rgb, shade

SCALE = 22
"""Texture pixels per metre."""

WALLS: tuple[Color, ...] = (
    (206, 190, 164), (214, 206, 190), (190, 164, 132), (174, 118, 92), (156, 96, 78), (198, 178, 140),
    (170, 172, 168), (216, 200, 168), (186, 150, 136), (150, 148, 142), (222, 214, 200), (176, 186, 176),
)  # fmt: skip
_SHOP_SIGNS: tuple[Color, ...] = (
    (44, 74, 62), (120, 40, 42), (52, 62, 88), (200, 168, 92), (70, 62, 56), (222, 216, 204), (96, 116, 104),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Style:
    """What the fronts of one house have in common."""

    wall: Color
    frame: Color
    window_m: tuple[float, float]
    """Breadth and height of a window."""
    bay_m: float
    floor_m: float
    has_shop: bool
    has_balconies: bool
    is_brick: bool


def draw_style(rng: Generator, *, urban: bool) -> Style:
    """A style; shops and tall windows where it is urban."""
    wall = WALLS[int(rng.integers(len(WALLS)))]
    return Style(
        wall=shade(wall, rng.uniform(0.88, 1.04)),
        frame=(236, 234, 228) if rng.random() < 0.7 else (70, 66, 62),
        window_m=(rng.uniform(0.95, 1.45), rng.uniform(1.4, 1.9) if urban else rng.uniform(1.2, 1.5)),
        bay_m=rng.uniform(2.3, 3.4),
        floor_m=rng.uniform(3.0, 3.5) if urban else 2.8,
        has_shop=bool(urban and rng.random() < 0.5),
        has_balconies=bool(rng.random() < 0.3),
        is_brick=wall[0] - wall[2] > 60 and wall[0] < 180,
    )


def draw_facade(rng: Generator, style: Style, *, length_m: float, height_m: float) -> Rgb:
    """A front as an image, top row first; `SCALE` pixels are a metre."""
    h, w = max(8, round(height_m * SCALE)), max(8, round(length_m * SCALE))
    image = _draw_wall(rng, style, h, w)
    n_floors = max(1, int((height_m - 0.5) / style.floor_m))
    n_bays = max(1, int((length_m - 0.8) / style.bay_m))
    pitch = w / n_bays
    balconies = style.has_balconies and n_floors > 2
    for floor in range(n_floors):
        sill = h - (floor * style.floor_m + 1.0) * SCALE
        if floor == 0 and style.has_shop:
            _draw_shop(rng, image)
            continue
        for bay in range(n_bays):
            middle = (bay + 0.5) * pitch
            if floor == 0 and bay == n_bays // 2:
                _draw_door(rng, image, middle)
                continue
            _draw_window(rng, image, style, middle, sill)
            if balconies and floor > 0 and bay % 2 == n_bays % 2:
                _draw_balcony(image, style, middle, sill + 0.9 * SCALE)
    _draw_cornice(image, style)
    return image


def draw_gable(rng: Generator, style: Style, *, length_m: float, height_m: float) -> Rgb:
    """A side wall: mostly blank, a few small windows."""
    h, w = max(8, round(height_m * SCALE)), max(8, round(length_m * SCALE))
    image = _draw_wall(rng, style, h, w)
    for floor in range(int(height_m / style.floor_m)):
        for at in (0.3, 0.7):
            if rng.random() < 0.5:
                sill = h - (floor * style.floor_m + 1.0) * SCALE
                _draw_window(rng, image, style, at * w, sill)
    return image


def _draw_wall(rng: Generator, style: Style, h: int, w: int) -> Rgb:
    blotches = cv2.resize(
        rng.normal(0, 1, (h // 40 + 2, w // 40 + 2)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC
    )
    light = 1 + 0.025 * blotches + rng.normal(0, 0.016, (h, w)).astype(np.float32)
    if style.is_brick:
        rows = np.arange(h)[:, None] // 3
        columns = (np.arange(w)[None] + 4 * (rows % 2)) // 8
        bricks = rng.normal(0, 0.075, 4096).astype(np.float32)
        light += bricks[(rows * 131 + columns) % 4096]
    soot = np.linspace(0.0, 1.0, h, dtype=np.float32)[:, None] ** 6
    light -= 0.16 * soot
    image = np.clip(light[..., None] * np.array(style.wall, dtype=np.float32), 0, 255).astype(np.uint8)
    plinth = round(0.55 * SCALE)
    image[-plinth:] = (image[-plinth:] * 0.66).astype(np.uint8)
    if rng.random() < 0.6:
        x = 2 if rng.random() < 0.5 else w - 5
        image[:, x : x + 3] = (image[:, x : x + 3] * 0.55).astype(np.uint8)
    return image


def _draw_window(rng: Generator, image: Rgb, style: Style, middle: float, sill: float) -> None:
    breadth, height = style.window_m[0] * SCALE, style.window_m[1] * SCALE
    x0, x1 = round(middle - breadth / 2), round(middle + breadth / 2)
    y0, y1 = round(sill - height), round(sill)
    if y0 < 2 or x1 - x0 < 4:
        return
    cv2.rectangle(image, (x0 - 3, y0 - 3), (x1 + 3, y1 + 2), shade(style.wall, 1.14), -1)
    cv2.rectangle(image, (x0 - 1, y0 - 1), (x1 + 1, y1 + 1), style.frame, -1)
    glass = np.linspace(96, 44, y1 - y0) * rng.uniform(0.6, 1.5)
    pane = np.stack([glass * 0.86, glass * 0.96, glass * 1.08], axis=1)
    image[y0:y1, x0:x1] = np.clip(pane, 0, 230)[:, None].astype(np.uint8)
    draw = rng.random()
    if draw < 0.4:
        depth = round((y1 - y0) * rng.uniform(0.2, 0.95))
        curtain = np.array([206, 200, 186]) * rng.uniform(0.65, 1.0)
        image[y0 : y0 + depth, x0:x1] = (image[y0 : y0 + depth, x0:x1] * 0.35 + curtain * 0.65).astype(
            np.uint8
        )
    elif draw < 0.5:
        lamp = np.array([196, 156, 96])
        image[y0:y1, x0:x1] = (image[y0:y1, x0:x1] * 0.5 + lamp * 0.5).astype(np.uint8)
    # The reveal throws a line of shadow on the pane.
    image[y0 : y0 + 3, x0:x1] = (image[y0 : y0 + 3, x0:x1] * 0.5).astype(np.uint8)
    cross = round((x0 + x1) / 2)
    cv2.line(image, (cross, y0), (cross, y1 - 1), style.frame, 2)
    cv2.line(image, (x0, y0 + (y1 - y0) // 3), (x1 - 1, y0 + (y1 - y0) // 3), style.frame, 1)
    cv2.rectangle(image, (x0 - 4, y1 + 1), (x1 + 4, y1 + 4), shade(style.wall, 1.2), -1)
    cv2.line(image, (x0 - 4, y1 + 5), (x1 + 4, y1 + 5), shade(style.wall, 0.6), 1)


def _draw_door(rng: Generator, image: Rgb, middle: float) -> None:
    h = len(image)
    breadth, height = 1.15 * SCALE, 2.4 * SCALE
    x0, x1, y0 = round(middle - breadth / 2), round(middle + breadth / 2), round(h - height)
    colors: tuple[Color, ...] = ((88, 60, 44), (52, 70, 60), (60, 62, 70), (120, 50, 44), (150, 120, 86))
    color = colors[int(rng.integers(len(colors)))]
    cv2.rectangle(image, (x0 - 4, y0 - 5), (x1 + 4, h), (188, 182, 170), -1)
    cv2.rectangle(image, (x0, y0), (x1, h), color, -1)
    for row in (0.1, 0.5):
        top = round(y0 + row * height)
        cv2.rectangle(image, (x0 + 4, top), (x1 - 4, round(top + 0.32 * height)), shade(color, 0.72), -1)
    cv2.rectangle(image, (x0 + 2, y0 + 2), (x1 - 2, round(y0 + 0.08 * height)), (70, 84, 92), -1)


def _draw_shop(rng: Generator, image: Rgb) -> None:
    h, w = image.shape[:2]
    top = h - round(3.0 * SCALE)
    sign = _SHOP_SIGNS[int(rng.integers(len(_SHOP_SIGNS)))]
    cv2.rectangle(image, (0, top - 2), (w, h), shade(sign, 0.8), -1)
    x = 5
    while x < w - 20:
        breadth = min(round(rng.uniform(1.6, 3.0) * SCALE), w - 6 - x)
        glass = np.linspace(92, 52, h - 10 - (top + 16))
        pane = np.stack([glass, glass * 1.02, glass * 1.05], axis=1)[:, None]
        image[top + 16 : h - 10, x : x + breadth] = np.clip(pane, 0, 255).astype(np.uint8)
        for _ in range(5):
            goods = (rng.uniform(90, 210), rng.uniform(80, 180), rng.uniform(60, 150))
            gx, gy = rng.integers(x, x + breadth), rng.integers(h - 34, h - 12)
            cv2.rectangle(image, (int(gx), int(gy)), (int(gx) + 5, h - 11), goods, -1)
        x += breadth + 5
    cv2.rectangle(image, (0, top), (w, top + 13), sign, -1)
    letters = (236, 232, 220) if sum(sign) < 420 else (52, 48, 44)
    at = w * 0.25
    while at < w * 0.72:
        step = rng.uniform(4, 9)
        cv2.rectangle(image, (round(at), top + 4), (round(at + step - 3), top + 9), letters, -1)
        at += step
    if rng.random() < 0.5:
        stripe: Color = sign if sum(sign) < 500 else (150, 60, 52)
        for k, left in enumerate(range(0, w, 9)):
            color = stripe if k % 2 else (226, 220, 206)
            cv2.rectangle(image, (left, top + 13), (left + 9, top + 25), color, -1)
        image[top + 25 : top + 30] = (image[top + 25 : top + 30] * 0.5).astype(np.uint8)


def _draw_balcony(image: Rgb, style: Style, middle: float, floor: float) -> None:
    x0, x1 = round(middle - 1.3 * SCALE), round(middle + 1.3 * SCALE)
    y1, y0 = round(floor), round(floor - 1.0 * SCALE)
    for x in range(x0, x1, 4):
        cv2.line(image, (x, y0), (x, y1), (52, 50, 50), 1)
    cv2.line(image, (x0, y0), (x1, y0), (52, 50, 50), 2)
    cv2.rectangle(image, (x0 - 2, y1), (x1 + 2, y1 + 3), shade(style.wall, 0.9), -1)
    below = image[y1 + 4 : y1 + 14, max(0, x0 - 2) : x1 + 2]
    below[:] = (below * 0.68).astype(np.uint8)


def _draw_cornice(image: Rgb, style: Style) -> None:
    depth = round(0.35 * SCALE)
    image[:depth] = np.array(shade(style.wall, 1.16), dtype=np.uint8)
    image[depth : depth + 4] = (image[depth : depth + 4] * 0.55).astype(np.uint8)
    image[:2] = np.array(shade(style.wall, 0.8), dtype=np.uint8)
