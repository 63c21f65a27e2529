/** The tools by name. */

import { brush, eraser } from "./brush.ts";
import { fill } from "./fill.ts";
import { pan } from "./pan.ts";
import { pick } from "./pick.ts";
import { polygon } from "./polygon.ts";
import { rectangle } from "./rectangle.ts";
import { superpixel } from "./superpixel.ts";
import type { Tool, ToolId } from "./tool.ts";

export const TOOLS: readonly Tool[] = [pan, brush, eraser, polygon, rectangle, fill, superpixel, pick];

export const toolOf = (id: ToolId): Tool => TOOLS.find((tool) => tool.id === id) ?? pan;
