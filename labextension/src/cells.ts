// What a view in a cell may ask of JupyterLab: a new cell with given text below its own, and a jump to a line of a cell.
// The view fires an event; where nobody cancels it (VS Code, Colab), it copies the text instead.

import type { JupyterFrontEnd } from "@jupyterlab/application";

/** The parts of a notebook panel that are needed. */
interface Cell {
  node: HTMLElement;
  model: { type: string; executionCount?: number | null; sharedModel: { setSource(text: string): void } };
  editor: { setCursorPosition(at: { line: number; column: number }): void; focus(): void } | null;
}
interface Notebook { widgets: readonly Cell[]; activeCellIndex: number; activeCell: Cell | null; scrollToCell?(cell: Cell, align?: string): Promise<void>; mode: string }

export function listen(app: JupyterFrontEnd): void {
  document.body.dataset.tfnbCells = "yes";
  document.addEventListener("tfnb:insert-cell", (event) => {
    const { text } = (event as CustomEvent<{ text: string }>).detail ?? {};
    const notebook = around(app, event.target as Element);
    if (!notebook || typeof text !== "string") return;
    event.preventDefault();
    void app.commands.execute("notebook:insert-cell-below").then(() => notebook.activeCell?.model.sharedModel.setSource(text));
  });
  document.addEventListener("tfnb:jump-to-cell", (event) => {
    const { cell, line } = (event as CustomEvent<{ cell: number; line: number }>).detail ?? {};
    const notebook = around(app, event.target as Element);
    const index = notebook?.widgets.findIndex((w) => w.model.type === "code" && w.model.executionCount === cell) ?? -1;
    if (!notebook || index < 0) return;
    event.preventDefault();
    notebook.activeCellIndex = index;
    const found = notebook.widgets[index];
    void Promise.resolve(notebook.scrollToCell?.(found, "center")).then(() => {
      notebook.mode = "edit";
      found.editor?.setCursorPosition({ line: Math.max(0, line - 1), column: 0 });
      found.editor?.focus();
    });
  });
}

/** The notebook that an element stands in, its cell made the active one. */
function around(app: JupyterFrontEnd, element: Element): Notebook | null {
  const panel = app.shell.currentWidget as unknown as { content?: Notebook } | null;
  const notebook = panel?.content;
  if (!notebook || !Array.isArray(notebook.widgets)) return null;
  const index = notebook.widgets.findIndex((cell) => cell.node.contains(element));
  if (index >= 0) notebook.activeCellIndex = index;
  return notebook;
}
