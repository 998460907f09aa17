// A notebook's cells, as far as a view needs them: going to a line, a new cell, running cells again, marking stale ones, following the cursor.
// JupyterLab and Notebook 7 have the same notebook widget; only what is used of it is described here.

import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import type { Widget } from "@lumino/widgets";
import type { Execute } from "./model";

const WIDGET = "application/vnd.jupyter.widget-view+json";

interface Editor {
  getCursorPosition(): { line: number; column: number };
  setCursorPosition(position: { line: number; column: number }): void;
  revealPosition?(position: { line: number; column: number }): void;
  focus(): void;
}

interface Cell {
  readonly model: { readonly id: string; readonly executionCount?: number | null; readonly sharedModel: { setSource(text: string): void } };
  readonly editor: Editor | null;
  readonly node: HTMLElement;
  toggleClass(name: string, force: boolean): boolean;
}

interface Notebook {
  readonly widgets: readonly Cell[];
  activeCellIndex: number;
  readonly activeCell: Cell | null;
  mode: string;
  readonly rendermime?: { readonly mimeTypes: readonly string[]; createRenderer(type: string): IRenderMime.IRenderer };
  deselectAll?(): void;
  scrollToCell?(cell: Cell): Promise<void>;
}

export class Book {
  constructor(private readonly widget: Widget, private readonly execute: Execute) {}

  private get notebook(): Notebook | null {
    const held = (this.widget as unknown as { content?: Notebook }).content;
    return held !== undefined && Array.isArray(held.widgets) && "activeCellIndex" in held ? held : null;
  }

  /** Goes to the cell with this id, else to the one with this execution count, and to a line of it; false where there is none. */
  jump(id: string, count: number | null, line: number | null): boolean {
    const book = this.notebook;
    if (book === null) return false;
    const byId = book.widgets.findIndex((c) => c.model.id === id);
    const index = byId >= 0 ? byId : book.widgets.findIndex((c) => count !== null && c.model.executionCount === count);
    if (index < 0) return false;
    book.activeCellIndex = index;
    const cell = book.widgets[index];
    const position = { line: Math.max(0, (line ?? 1) - 1), column: 0 };
    void Promise.resolve(book.scrollToCell?.(cell)).then(() => { // a cell far away has no editor before
      book.mode = "edit";
      cell.editor?.setCursorPosition(position);
      cell.editor?.revealPosition?.(position);
      cell.editor?.focus();
    });
    return true;
  }

  /** Makes a cell with this text below the one that an element stands in, else below the active one; false where there is no notebook. */
  insert(text: string, near: Element): boolean {
    const book = this.notebook;
    if (book === null) return false;
    const index = book.widgets.findIndex((cell) => cell.node.contains(near));
    if (index >= 0) book.activeCellIndex = index;
    void this.execute("notebook:insert-cell-below").then(() => book.activeCell?.model.sharedModel.setSource(text));
    return true;
  }

  /** A view of a widget of this notebook's kernel, besides those in its cells; null where the page has no widgets. */
  viewOf(model: string): Widget | null {
    const maker = this.notebook?.rendermime;
    if (!maker?.mimeTypes.includes(WIDGET)) return null;
    const made = maker.createRenderer(WIDGET);
    void made.renderModel({ trusted: true, metadata: {}, data: { [WIDGET]: { model_id: model, version_major: 2, version_minor: 0 } }, setData: () => {} });
    return made;
  }

  /** Runs cells in the notebook's order, each after the one before has ended. */
  async rerun(ids: string[]): Promise<void> {
    const book = this.notebook;
    if (book === null) return;
    const indices = book.widgets.flatMap((c, i) => (ids.includes(c.model.id) ? [i] : []));
    for (const index of indices) {
      book.deselectAll?.();
      book.activeCellIndex = index;
      await this.execute("notebook:run-cell");
    }
  }

  /** Marks these cells as stale, and no others. */
  markStale(ids: string[]): void {
    for (const cell of this.notebook?.widgets ?? []) {
      const stale = ids.includes(cell.model.id);
      cell.toggleClass("tfnb-stale", stale);
      const prompt = cell.node.querySelector<HTMLElement>(".jp-InputPrompt");
      if (prompt !== null && stale) prompt.title = "Stale: the nodes that this cell made are gone. Run it again.";
      else if (prompt !== null && prompt.title.startsWith("Stale:")) prompt.removeAttribute("title");
    }
  }

  /** The cell and the line, from 1, of the cursor; null where no cell's editor has it. */
  cursor(): { cell: string; line: number } | null {
    const cell = this.notebook?.activeCell ?? null;
    if (cell === null || cell.editor === null || !cell.node.contains(document.activeElement)) return null;
    return { cell: cell.model.id, line: cell.editor.getCursorPosition().line + 1 };
  }
}
