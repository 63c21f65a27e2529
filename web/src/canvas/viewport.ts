/** Where the camera stands and how far it may go: the one owner of the camera. */

import { PAINT_LIMIT } from "./renderer/renderer.ts";
import {
  type Camera,
  fit,
  type ImagePoint,
  imageFromScreen,
  type Rect,
  type ScaleLimits,
  type ScreenPoint,
  zoomAt,
} from "./space.ts";

const MARGIN_PX = 24;
const MAX_SCALE = 40;

export interface Size {
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly dpr: number;
}

export class Viewport {
  camera: Camera = { scale: 1, x: 0, y: 0 };
  limits: ScaleLimits = { min: 0.01, max: MAX_SCALE };
  size: Size = { width: 1, height: 1, dpr: 1 };
  /** Nothing but `fit` has moved the camera: a canvas of another size is fitted again. */
  private isFitted = true;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly image: Rect,
    /** What is shown at first. */
    private readonly target: Rect,
    private readonly onMove: (camera: Camera) => void,
    private readonly onResize: () => void,
  ) {}

  /** Follow the canvas's size; returns how to stop. */
  watch(): () => void {
    const observer = new ResizeObserver(() => this.measure());
    observer.observe(this.canvas);
    this.measure();
    return () => observer.disconnect();
  }

  private measure(): void {
    const { clientWidth, clientHeight } = this.canvas;
    const width = Math.max(1, clientWidth);
    const height = Math.max(1, clientHeight);
    this.size = { width, height, dpr: Math.min(2, window.devicePixelRatio || 1) };
    const whole = Math.min(width / this.image.x1, height / this.image.y1);
    this.limits = { min: Math.min(1, whole) / 2, max: MAX_SCALE };
    if (this.isFitted && clientWidth > 1) this.fit();
    this.onResize();
  }

  /** Painting is allowed while one screen pixel covers four image pixels at most. */
  get canPaint(): boolean {
    return this.camera.scale * PAINT_LIMIT >= 1;
  }

  get middle(): ImagePoint {
    return imageFromScreen(this.camera, { x: this.size.width / 2, y: this.size.height / 2 });
  }

  set(camera: Camera): void {
    this.isFitted = false;
    this.camera = camera;
    this.onMove(camera);
  }

  fit(area: Rect = this.target): void {
    this.set(fit(area, this.size.width, this.size.height, MARGIN_PX, this.limits));
    this.isFitted = area === this.target;
  }

  zoomBy(factor: number, anchor: ScreenPoint | null): void {
    const middle = { x: this.size.width / 2, y: this.size.height / 2 };
    this.set(zoomAt(this.camera, anchor ?? middle, factor, this.limits));
  }

  panBy(dx: number, dy: number): void {
    const { camera } = this;
    this.set({ ...camera, x: camera.x - dx / camera.scale, y: camera.y - dy / camera.scale });
  }

  /** Put an image point in the middle, at this scale or a larger one. */
  centreOn(point: ImagePoint, leastScale: number): void {
    const scale = Math.max(this.camera.scale, leastScale);
    const { width, height } = this.size;
    this.set({ scale, x: point.x - width / 2 / scale, y: point.y - height / 2 / scale });
  }

  /** Move just so far that a screen point is inside, with a margin. */
  keepInView(at: ScreenPoint): void {
    const { width, height } = this.size;
    const push = (value: number, length: number): number =>
      value < MARGIN_PX ? MARGIN_PX - value : value > length - MARGIN_PX ? length - MARGIN_PX - value : 0;
    const dx = push(at.x, width);
    const dy = push(at.y, height);
    if (dx !== 0 || dy !== 0) this.panBy(dx, dy);
  }
}
