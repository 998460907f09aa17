// What a view in a cell, or in the panel, may ask of JupyterLab: a new cell with given text below its own, and a jump to a line of a cell.
// The view fires an event; where nobody cancels it (VS Code, Colab), it copies the text instead.

import type { Model } from "./model";
import type { Book } from "./notebook";

export function listen(model: Model): void {
  document.body.dataset.tfnbCells = "yes";
  const answer = <T>(name: string, does: (book: Book, asked: Partial<T>, from: Element) => boolean) => document.addEventListener(name, (event) => {
    const from = event.target as Element;
    const watched = model.around(from) ?? model.current;
    if (watched !== null && does(watched.book, (event as CustomEvent<Partial<T>>).detail ?? {}, from)) event.preventDefault();
  });
  answer<{ text: string }>("tfnb:insert-cell", (book, { text }, from) => typeof text === "string" && book.insert(text, from));
  answer<{ id: string; cell: number; line: number }>("tfnb:jump-to-cell", (book, { id, cell, line }) => book.jump(id ?? "", cell ?? null, line ?? null));
}
