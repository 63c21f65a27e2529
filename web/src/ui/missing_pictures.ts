/** Pictures that cannot be loaded, most likely because their files were moved, say so themselves. */

const TITLE = "Its file cannot be read: the page Collect says more.";

export function markMissingPictures(document: Document): void {
  const mark = (event: Event, isMissing: boolean): void => {
    const picture = event.target;
    if (!(picture instanceof HTMLImageElement)) return;
    picture.classList.toggle("ts-missing", isMissing);
    if (isMissing) picture.title = TITLE;
    else if (picture.title === TITLE) picture.removeAttribute("title");
  };
  // Such events do not rise through the page; they can be caught on their way down.
  document.addEventListener("error", (event) => mark(event, true), true);
  document.addEventListener("load", (event) => mark(event, false), true);
}
