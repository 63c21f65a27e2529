/** Pictures that cannot be loaded, most likely because their files were moved, are crossed out. */

export function markMissingPictures(document: Document): void {
  const mark = (event: Event, isMissing: boolean): void => {
    const picture = event.target;
    if (picture instanceof HTMLImageElement) picture.classList.toggle("ts-missing", isMissing);
  };
  // Such events do not rise through the page; they can be caught on their way down.
  document.addEventListener("error", (event) => mark(event, true), true);
  document.addEventListener("load", (event) => mark(event, false), true);
}
