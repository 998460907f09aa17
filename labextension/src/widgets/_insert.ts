// A cell to insert. The lab extension listens for the event and answers by cancelling it; elsewhere the text is copied.

export const INSERT = "tfnb:insert-cell";
export const JUMP = "tfnb:jump-to-cell";

/** Whether the page has the lab extension: it says so on the body. */
export const inLab = () => document.body.dataset.tfnbCells !== undefined;

export function insertLabel(): string {
  return inLab() ? "insert as a cell" : "copy as a cell";
}

/** Asks for a new cell below the one that `from` stands in; true where somebody did it, else the text is copied. */
export function insertCell(from: Element, text: string): boolean {
  const done = !from.dispatchEvent(new CustomEvent(INSERT, { bubbles: true, cancelable: true, detail: { text } }));
  if (!done) void navigator.clipboard?.writeText(text).catch(() => undefined);
  return done;
}

/** Asks the page to go to a line of the cell with this id, else with this execution count; false where it cannot. */
export function jumpToCell(from: Element, id: string, cell: number, line: number): boolean {
  return !from.dispatchEvent(new CustomEvent(JUMP, { bubbles: true, cancelable: true, detail: { id, cell, line } }));
}
