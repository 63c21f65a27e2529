/** Which bands of a picture are shown as red, green and blue; or an index instead. */

import { create } from "zustand";
import type { BandChoice } from "../../api/labels.ts";

export const useBands = create<BandChoice>(() => ({ bands: [], index: "" }));
