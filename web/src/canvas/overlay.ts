/** What lies over the picture and changes with the pointer: cursor, sketches, marks. */

import { sizeCanvas } from "./backing.ts";
import { type Camera, type ImagePoint, type Rect, type ScreenPoint, screenFromImage } from "./space.ts";
import type { Sketch, ToolId, ToolSettings } from "./tools/tool.ts";

export interface OverlayScene {
  readonly camera: Camera;
  readonly width: number;
  readonly height: number;
  readonly dpr: number;
  readonly pointer: ScreenPoint | null;
  readonly tool: ToolId;
  readonly settings: ToolSettings;
  readonly color: string;
  readonly sketch: Sketch | null;
  /** Areas where two people painted the same pixels. */
  readonly conflicts: readonly Rect[];
  /** The window that is to be labelled; null: the whole image. */
  readonly window: Rect | null;
  readonly splitX: number | null;
  readonly canPaint: boolean;
  /** The pointer that the keyboard moves. */
  readonly keyPointer: ImagePoint | null;
}

export class Overlay {
  private readonly context: CanvasRenderingContext2D;

  constructor(readonly canvas: HTMLCanvasElement) {
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("this browser cannot draw on a canvas");
    this.context = context;
  }

  draw(scene: OverlayScene): void {
    const { context, canvas } = this;
    sizeCanvas(canvas, scene);
    context.setTransform(scene.dpr, 0, 0, scene.dpr, 0, 0);
    context.clearRect(0, 0, scene.width, scene.height);
    if (scene.window !== null) this.shadeOutside(scene, scene.window);
    for (const area of scene.conflicts) this.drawConflict(scene, area);
    if (scene.splitX !== null) this.drawSplit(scene, scene.splitX);
    if (scene.sketch !== null) this.drawSketch(scene, scene.sketch);
    const pointer = scene.pointer ?? (scene.keyPointer && screenFromImage(scene.camera, scene.keyPointer));
    if (pointer !== null && scene.canPaint) this.drawCursor(scene, pointer);
  }

  private shadeOutside(scene: OverlayScene, window: Rect): void {
    const { context } = this;
    const a = screenFromImage(scene.camera, { x: window.x0, y: window.y0 });
    const b = screenFromImage(scene.camera, { x: window.x1, y: window.y1 });
    context.fillStyle = "rgb(20 19 17 / 0.55)";
    context.beginPath();
    context.rect(0, 0, scene.width, scene.height);
    context.rect(a.x, a.y, b.x - a.x, b.y - a.y);
    context.fill("evenodd");
  }

  private drawConflict(scene: OverlayScene, area: Rect): void {
    const { context } = this;
    const a = screenFromImage(scene.camera, { x: area.x0, y: area.y0 });
    const b = screenFromImage(scene.camera, { x: area.x1, y: area.y1 });
    context.lineWidth = 2;
    context.setLineDash([6, 4]);
    context.strokeStyle = "#ffb000";
    context.strokeRect(a.x - 3, a.y - 3, b.x - a.x + 6, b.y - a.y + 6);
    context.setLineDash([]);
  }

  private drawSplit(scene: OverlayScene, x: number): void {
    const { context } = this;
    context.fillStyle = "#fffefb";
    context.fillRect(x - 1, 0, 2, scene.height);
    context.beginPath();
    context.arc(x, scene.height / 2, 9, 0, 2 * Math.PI);
    context.fill();
  }

  private drawSketch(scene: OverlayScene, sketch: Sketch): void {
    const { context } = this;
    const points = sketch.points.map((point) => screenFromImage(scene.camera, point));
    const [first] = points;
    if (first === undefined) return;
    context.beginPath();
    if (sketch.kind === "rectangle") {
      const last = points.at(-1) as ScreenPoint;
      context.rect(first.x, first.y, last.x - first.x, last.y - first.y);
    } else {
      context.moveTo(first.x, first.y);
      for (const point of points.slice(1)) context.lineTo(point.x, point.y);
    }
    this.strokeTwice(scene.color);
    if (sketch.kind === "path") {
      context.beginPath();
      context.arc(first.x, first.y, sketch.closes ? 7 : 4, 0, 2 * Math.PI);
      context.fillStyle = sketch.closes ? scene.color : "#fffefb";
      context.fill();
      this.strokeTwice(scene.color);
    }
  }

  private drawCursor(scene: OverlayScene, at: ScreenPoint): void {
    const { context } = this;
    if (scene.tool !== "brush" && scene.tool !== "eraser") {
      if (scene.pointer === null) this.drawCross(at);
      return;
    }
    const radius = Math.max(1.5, scene.settings.radiusPx * scene.camera.scale);
    context.beginPath();
    if (scene.settings.shape === "circle") context.arc(at.x, at.y, radius, 0, 2 * Math.PI);
    else context.rect(at.x - radius, at.y - radius, 2 * radius, 2 * radius);
    this.strokeTwice(scene.tool === "eraser" ? "#fffefb" : scene.color);
    if (radius < 4) this.drawCross(at);
  }

  private drawCross(at: ScreenPoint): void {
    const { context } = this;
    context.beginPath();
    context.moveTo(at.x - 8, at.y);
    context.lineTo(at.x + 8, at.y);
    context.moveTo(at.x, at.y - 8);
    context.lineTo(at.x, at.y + 8);
    this.strokeTwice("#fffefb");
  }

  /** A dark line under a coloured one shows on any picture. */
  private strokeTwice(color: string): void {
    const { context } = this;
    context.lineWidth = 3;
    context.strokeStyle = "rgb(20 19 17 / 0.75)";
    context.stroke();
    context.lineWidth = 1.5;
    context.strokeStyle = color;
    context.stroke();
  }
}
