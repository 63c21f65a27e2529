/** Taking images out of the lists, with the way back. */

import type { QueryClient } from "@tanstack/react-query";
import { removeImages, returnImages } from "../api/images.ts";
import { formatCount } from "./format.ts";
import { notify, notifyProblem } from "./notices.tsx";

/** Files and labels stay. Says what was done, and offers to undo it; returns whether it worked. */
export async function leaveOut(ids: readonly string[], queries: QueryClient): Promise<boolean> {
  try {
    const n = await removeImages(ids);
    await queries.invalidateQueries();
    const images = n === 1 ? "image was" : "images were";
    notify(`${formatCount(n)} ${images} taken out of the list; files and labels stay.`, {
      label: "Undo",
      run: () => {
        returnImages(ids)
          .then(() => queries.invalidateQueries())
          .catch(notifyProblem);
      },
    });
    return true;
  } catch (error) {
    notifyProblem(error);
    return false;
  }
}
