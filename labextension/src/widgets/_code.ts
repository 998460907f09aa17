// The generated step, a line for each node: its shape, the cell and line that made it, and a gutter for breakpoints.

import { element } from "./_dom";
import type { Break, Program, State } from "./_run";
import { isDone } from "./_run";

export interface CodeActions {
  choose(at: number): void;
  runTo(at: number): void;
  breakpoint(at: number): void;
  jump(at: number): void;
}

const WORDS = /("[^"]*"|'[^']*')|\b(def|return|while|if|else|not|break|True|False|None|for|in)\b|\b(\d[\d_.eE]*)\b/g;

export class CodePane {
  readonly root = element("div", { class: "tfs-code", role: "grid", tabindex: "0", "aria-label": "The generated step: up and down choose a line, enter runs to it, b sets a breakpoint" });
  private readonly rows: HTMLElement[] = [];
  private readonly drawn: string[] = []; // what each line shows
  private readonly shapes = new Map<number, string>(); // as they came out
  private chosen = -1; // a line
  private was = "";
  private readonly id = `tfs-code-${Math.random().toString(36).slice(2)}`;

  constructor(private readonly program: Program, private readonly actions: CodeActions) {
    program.code.forEach((line, i) => this.rows.push(this.row(line.text, line.at, i)));
    this.root.append(...this.rows);
    this.root.addEventListener("keydown", (event) => this.key(event));
  }

  private row(text: string, at: number, i: number): HTMLElement {
    const instruction = at < 0 ? null : this.program.instructions[at];
    const gutter = element("span", { role: "gridcell", class: "tfs-gutter" }, String(i + 1));
    const code = element("span", { role: "gridcell", class: "tfs-text" }, ...coloured(text));
    const shape = element("span", { role: "gridcell", class: "tfs-shape" }, instruction?.shape ?? "");
    const where = element("span", { role: "gridcell", class: "tfs-where" }, instruction?.where ?? "");
    const row = element("div", { role: "row", class: "tfs-line", id: `${this.id}-${i}`, "data-line": String(i) }, gutter, code, shape, where);
    if (instruction) {
      row.dataset.phase = instruction.phase;
      row.title = `${instruction.name} (${instruction.type}). ${instruction.doc}`;
      gutter.title = "Set or remove a breakpoint (b)";
      gutter.addEventListener("click", (event) => { event.stopPropagation(); this.actions.breakpoint(at); });
      row.addEventListener("click", () => this.actions.choose(at));
      row.addEventListener("dblclick", () => this.actions.runTo(at));
      if (instruction.cell !== null) where.addEventListener("click", (event) => { event.stopPropagation(); this.actions.jump(at); });
      where.classList.toggle("tfs-jump", instruction.cell !== null);
    }
    return row;
  }

  /** `hides` keeps back what is not computed yet: a reader is about to guess it. */
  follow(state: State, chosenAt: number, breaks: Break[], hides: boolean): void {
    const broken = new Map(breaks.filter((b) => b.at >= 0).map((b) => [b.at, b.words]));
    this.program.code.forEach((line, i) => {
      const next = i + 1 === state.line;
      const done = line.at >= 0 && isDone(state, line.at);
      const known = line.at < 0 ? "" : this.program.instructions[line.at].shape;
      if (state.shapes[String(line.at)] !== undefined) this.shapes.set(line.at, state.shapes[String(line.at)]);
      this.draw(i, next, done, broken.has(line.at), done ? this.shapes.get(line.at) ?? known : hides ? "" : known);
    });
    const line = chosenAt >= 0 ? this.program.instructions[chosenAt].line - 1 : state.line - 1;
    this.choose(line);
    const now = `${state.line}`;
    if (now !== this.was) this.bring(this.rows[state.line - 1]);
    this.was = now;
  }

  /** Changes a line where it is not what it was: a long run has thousands of them. */
  private draw(i: number, next: boolean, done: boolean, broken: boolean, shape: string): void {
    const now = `${next} ${done} ${broken} ${shape}`;
    if (this.drawn[i] === now) return;
    this.drawn[i] = now;
    const row = this.rows[i];
    const [gutter, , shapes] = row.children;
    const chosen = row.classList.contains("tfs-chosen");
    row.className = `tfs-line${next ? " tfs-next" : done ? " tfs-done" : " tfs-coming"}${broken ? " tfs-broken" : ""}${chosen ? " tfs-chosen" : ""}`;
    const words = next ? ", next" : this.program.code[i].at < 0 ? "" : done ? ", done" : ", to come";
    gutter.setAttribute("aria-label", `line ${i + 1}${words}${broken ? ", breakpoint" : ""}`);
    row.toggleAttribute("aria-current", next);
    if (next) row.setAttribute("aria-current", "step");
    shapes.textContent = shape;
  }

  /** Points lines out: what a finding is about. */
  mark(nodes: string[]): void {
    this.program.code.forEach((line, i) => this.rows[i].toggleAttribute("data-marked", line.at >= 0 && nodes.includes(this.program.instructions[line.at].name)));
  }

  get chosenAt(): number {
    return this.program.code[this.chosen]?.at ?? -1;
  }

  private choose(line: number): void {
    this.rows[this.chosen]?.removeAttribute("aria-selected");
    this.rows[this.chosen]?.classList.remove("tfs-chosen");
    this.chosen = line;
    const row = this.rows[line];
    if (!row) return;
    row.setAttribute("aria-selected", "true");
    row.classList.add("tfs-chosen");
    this.root.setAttribute("aria-activedescendant", row.id);
  }

  private bring(row: HTMLElement | undefined): void {
    if (!row) return;
    const { root } = this;
    const seen = () => row.offsetTop >= root.scrollTop + 20 && row.offsetTop + row.offsetHeight <= root.scrollTop + root.clientHeight - 20;
    const center = () => { if (!seen()) root.scrollTop = row.offsetTop - root.clientHeight / 2; };
    center();
    requestAnimationFrame(center); // the heights of lines that were not on the screen are known only now
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = ({ ArrowUp: -1, ArrowDown: 1 } as Record<string, number>)[event.key];
    if (step) {
      let line = this.chosen + step;
      while (this.program.code[line] && this.program.code[line].at < 0) line += step;
      if (this.program.code[line]) {
        this.choose(line);
        this.bring(this.rows[line]);
        this.actions.choose(this.program.code[line].at);
      }
    } else if (event.key === "Enter" && this.chosenAt >= 0) this.actions.runTo(this.chosenAt);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/** Words of Python told apart; the text is never parsed as markup. */
export function coloured(text: string): Node[] {
  const out: Node[] = [];
  let from = 0;
  for (const match of text.matchAll(WORDS)) {
    out.push(document.createTextNode(text.slice(from, match.index)));
    const kind = match[1] ? "string" : match[2] ? "keyword" : "number";
    out.push(element("span", { class: `tfs-${kind}` }, match[0]));
    from = match.index + match[0].length;
  }
  out.push(document.createTextNode(text.slice(from)));
  return out;
}
