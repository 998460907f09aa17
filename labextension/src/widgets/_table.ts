// A table that asks only for the rows and columns on the screen. Arrow keys move in it; a screen reader hears the place and the number.

import { element } from "./_dom";
import { short } from "./_number";
import type { Answer } from "./_wire";

type Fetch = (rows: [number, number], columns: [number, number]) => Promise<Answer>;

const HIGH = 22; // pixels of a row
const WIDE = 84; // and of a column
const MOST = 4_000_000; // pixels that a page scrolls; longer tables are scrolled in larger steps

export class Table {
  readonly root = element("div", { class: "tfs-table", tabindex: "0", role: "grid", "aria-label": "Numbers: arrow keys move, page keys scroll" });
  private readonly space = element("div", { class: "tfs-space" });
  private readonly sheet = element("div", { class: "tfs-sheet", role: "presentation" });
  private rows = 0;
  private columns = 0;
  private at: [number, number] = [0, 0];
  private asked = 0;
  private fetch: Fetch | null = null;
  private readonly id = `tfs-table-${Math.random().toString(36).slice(2)}`;

  constructor() {
    this.root.append(this.space, this.sheet);
    this.root.addEventListener("scroll", () => void this.draw());
    this.root.addEventListener("keydown", (event) => this.key(event));
  }

  /** Shows a value of `rows` x `columns`; what is on the screen is asked for with `fetch`. */
  async show(rows: number, columns: number, fetch: Fetch): Promise<void> {
    [this.rows, this.columns, this.fetch] = [rows, columns, fetch];
    this.at = [Math.min(this.at[0], Math.max(0, rows - 1)), Math.min(this.at[1], Math.max(0, columns - 1))];
    this.root.setAttribute("aria-rowcount", String(rows));
    this.root.setAttribute("aria-colcount", String(columns));
    this.space.style.height = `${Math.min(MOST, (rows + 1) * HIGH)}px`;
    this.space.style.width = `${Math.min(MOST, columns * WIDE + 80)}px`;
    this.root.style.height = `${Math.min(320, (rows + 1) * HIGH + 18)}px`;
    await this.draw();
  }

  private first(scrolled: number, full: number, seen: number, count: number, fits: number): number {
    const part = full > seen ? scrolled / (full - seen) : 0;
    return Math.max(0, Math.round(part * Math.max(0, count - fits)));
  }

  private shown(): { rows: [number, number]; columns: [number, number] } {
    const { root } = this;
    const fit = [Math.max(1, Math.floor((root.clientHeight - HIGH) / HIGH)), Math.max(1, Math.floor((root.clientWidth - 80) / WIDE))];
    const row = this.first(root.scrollTop, root.scrollHeight, root.clientHeight, this.rows, fit[0]);
    const column = this.first(root.scrollLeft, root.scrollWidth, root.clientWidth, this.columns, fit[1]);
    return { rows: [row, Math.min(this.rows, row + fit[0])], columns: [column, Math.min(this.columns, column + fit[1])] };
  }

  private async draw(): Promise<void> {
    if (!this.fetch) return;
    const ask = ++this.asked;
    const { rows, columns } = this.shown();
    const answer = await this.fetch(rows, columns);
    if (ask !== this.asked || answer.problem) return;
    const { row, column, height, width, labels, texts } = answer.about;
    const line = (i: number) => element("span", { class: "tfs-head", role: "rowheader" }, labels?.length ? `[${labels[i]}]` : String(row + i));
    const head = element("div", { role: "row", class: "tfs-tr" }, element("span", { class: "tfs-head", role: "columnheader", "aria-label": "row" }, ""),
      ...Array.from({ length: width }, (_, j) => element("span", { class: "tfs-head", role: "columnheader" }, String(column + j))));
    const body = Array.from({ length: height }, (_, i) => element("div", { role: "row", class: "tfs-tr", "aria-rowindex": String(row + i + 1) }, line(i),
      ...Array.from({ length: width }, (_, j) => this.cell(row + i, column + j, texts ? texts[i * width + j] : answer.data[i * width + j]))));
    this.sheet.replaceChildren(head, ...body);
    this.mark();
  }

  private cell(i: number, j: number, value: unknown): HTMLElement {
    const made = element("span", { role: "gridcell", id: `${this.id}-${i}-${j}`, "aria-colindex": String(j + 1), title: `[${i}, ${j}] ${short(value, 9)}` },
      typeof value === "string" ? value : short(value, 5));
    if (typeof value === "number" && !Number.isFinite(value)) made.className = "tfs-odd";
    return made;
  }

  private mark(): void {
    this.sheet.querySelector(".tfs-at")?.classList.remove("tfs-at");
    const id = `${this.id}-${this.at[0]}-${this.at[1]}`;
    const cell = this.sheet.querySelector(`#${CSS.escape(id)}`);
    cell?.classList.add("tfs-at");
    if (cell) this.root.setAttribute("aria-activedescendant", id);
    else this.root.removeAttribute("aria-activedescendant");
  }

  private key(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.root.clientHeight / HIGH) - 2);
    const moves: Record<string, [number, number]> = {
      ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-page, 0], PageDown: [page, 0],
      Home: [0, -this.columns], End: [0, this.columns],
    };
    if (!(event.key in moves) || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    const [di, dj] = moves[event.key];
    this.at = [Math.max(0, Math.min(this.rows - 1, this.at[0] + di)), Math.max(0, Math.min(this.columns - 1, this.at[1] + dj))];
    this.bring();
  }

  /** Scrolls until the cell that is at is among those shown. */
  private bring(): void {
    const { root } = this;
    const { rows, columns } = this.shown();
    const scroll = (at: number, [from, to]: [number, number], count: number, full: number, seen: number): number | null => {
      if (at >= from && at < to) return null;
      const wanted = at < from ? at : at - (to - from) + 1;
      return (wanted / Math.max(1, count - (to - from))) * (full - seen);
    };
    const top = scroll(this.at[0], rows, this.rows, root.scrollHeight, root.clientHeight);
    const left = scroll(this.at[1], columns, this.columns, root.scrollWidth, root.clientWidth);
    if (top !== null) root.scrollTop = top;
    if (left !== null) root.scrollLeft = left;
    this.mark();
  }
}
