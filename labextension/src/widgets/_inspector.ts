// One value under the microscope: figures, and a heat map, table, images or histogram of any slice of it.

import { element, press } from "./_dom";
import { bars, Heat, strip } from "./_heat";
import type { Grid, Tiles } from "./_heat";
import { bytes, short, sizes } from "./_number";
import type { Looked } from "./_run";
import { Table } from "./_table";
import type { Wire } from "./_wire";

const KINDS: [string, string][] = [["heat", "Heat map"], ["table", "Table"], ["images", "Images"], ["histogram", "Histogram"]];

export interface Options {
  edits?: boolean; // values can be changed
  others?: string[]; // what a value can be compared with
  keeps?: boolean; // there is a kernel to copy from and to save with
}

export class Inspector {
  readonly root = element("section", { class: "tfs-inspector", "aria-label": "Selected tensor" });
  readonly edit = element("form", { class: "tfs-edit", "aria-label": "Change this value" });
  private readonly name = element("h4", { class: "tfs-tensor-name" });
  private readonly figures = element("p", { class: "tfs-figures" });
  private readonly tabs = element("div", { class: "tfs-tabs", role: "tablist", "aria-label": "How to look at it" });
  private readonly slice = element("input", { type: "text", spellcheck: "false", placeholder: "[:]", "aria-label": "Slice, as in NumPy: [0, :]", size: "10" });
  private readonly wrong = element("p", { class: "tfnb-problem", role: "alert" });
  private readonly body = element("div", { class: "tfs-view", role: "tabpanel" });
  private readonly tools = element("div", { class: "tfs-tools" });
  private readonly compared = element("div", { class: "tfs-compared", role: "status" });
  private readonly heat: Heat;
  private readonly table = new Table();
  private looked: Looked | null = null;
  private kind = "";
  private asked = 0;
  private readonly id = `tfs-i-${Math.random().toString(36).slice(2)}`;

  constructor(private readonly wire: Wire, private readonly options: Options = {}) {
    this.heat = new Heat(options.edits ? (cells) => this.paint(cells) : null);
    this.body.id = `${this.id}-view`;
    for (const [kind, label] of KINDS) {
      const tab = press(label, label, () => this.choose(kind));
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", this.body.id);
      tab.dataset.kind = kind;
      this.tabs.append(tab);
    }
    this.tabs.addEventListener("keydown", (event) => this.turn(event));
    this.slice.addEventListener("change", () => { this.asked++; void this.draw(true); });
    this.slice.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); this.slice.dispatchEvent(new Event("change")); } });
    this.makeTools();
    this.makeEdit();
    const bar = element("div", { class: "tfs-lookbar" }, this.tabs, element("label", {}, "slice ", this.slice), this.tools);
    this.root.append(element("div", { class: "tfs-lookhead" }, this.name, this.figures), bar, this.edit, this.wrong, this.body, this.compared);
  }

  /** Shows this value; what was chosen before (kind, slice) stays where it still fits. */
  show(looked: Looked): void {
    const other = looked.tensor !== this.looked?.tensor;
    this.looked = looked;
    this.name.textContent = looked.tensor || "no tensor";
    this.root.classList.toggle("tfs-absent", !looked.there);
    this.figures.replaceChildren(...(looked.there ? this.written(looked.figures) : []));
    this.tabs.hidden = this.tools.hidden = !looked.there;
    this.slice.parentElement!.hidden = !looked.there || !this.options.keeps;
    if (other) {
      this.slice.value = "";
      this.kind = "";
      this.compared.replaceChildren();
      this.wrong.textContent = "";
    }
    if (!looked.there) {
      this.edit.hidden = true;
      this.body.replaceChildren(element("p", { class: "tfs-none" }, looked.tensor ? "not computed" : ""), element("p", { class: "tfs-quiet" }, looked.why));
      return;
    }
    void this.draw(other);
  }

  toggleEdit(): void {
    if (!this.options.edits || !this.looked?.there) return;
    this.edit.hidden = !this.edit.hidden;
    this.heat.paints = !this.edit.hidden && (this.edit.querySelector<HTMLInputElement>("[data-paints]")?.checked ?? false);
    if (!this.edit.hidden) this.edit.querySelector<HTMLInputElement>("input[type=text]")?.focus();
  }

  private written(f: Record<string, any>): Node[] {
    const pairs: [string, string][] = [["shape", sizes(f.shape ?? [])], ["dtype", f.dtype ?? ""]];
    if (f.size > 1) for (const key of ["min", "mean", "max", "std"]) if (key in f) pairs.push([key, short(typeof f[key] === "boolean" ? Number(f[key]) : f[key])]);
    if (f.size > 1 && f.zeros) pairs.push(["zeros", `${Math.round((100 * f.zeros * (f.every ?? 1)) / f.size)}%`]);
    if ("NaN" in f) pairs.push(["NaN", String(f.NaN)]);
    if (f.inf) pairs.push(["Inf", String(f.inf)]);
    pairs.push(["size", bytes(f.bytes ?? 0)]);
    const out: Node[] = pairs.map(([key, value]) => {
      const odd = (key === "NaN" || key === "Inf") && value !== "0";
      return element("span", odd ? { class: "tfs-odd" } : {}, element("b", {}, key), ` ${value}`);
    });
    if (f.every > 1) out.push(element("span", { class: "tfs-quiet" }, `figures of every ${f.every}th element`));
    return out;
  }

  // -- looking ------------------------------------------------------------------------------------------------------------
  private choose(kind: string): void {
    this.kind = kind;
    void this.draw(true);
  }

  private turn(event: KeyboardEvent): void {
    const tabs = [...this.tabs.querySelectorAll<HTMLButtonElement>("button")];
    const now = tabs.indexOf(document.activeElement as HTMLButtonElement);
    const step = ({ ArrowRight: 1, ArrowLeft: -1 } as Record<string, number>)[event.key];
    if (!step || now < 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = tabs[(now + step + tabs.length) % tabs.length];
    next.focus();
    this.choose(next.dataset.kind!);
  }

  private async draw(fresh: boolean): Promise<void> {
    const looked = this.looked;
    if (!looked?.there) return;
    const kind = this.kind || looked.kind;
    for (const tab of this.tabs.querySelectorAll("button")) {
      tab.setAttribute("aria-selected", String(tab.dataset.kind === kind));
      tab.tabIndex = tab.dataset.kind === kind ? 0 : -1;
    }
    this.body.setAttribute("aria-label", KINDS.find(([name]) => name === kind)?.[1] ?? kind);
    if (fresh) this.wrong.textContent = "";
    const ask = ++this.asked;
    const question = { do: "look", tensor: looked.tensor, slice: this.slice.value, kind };
    const room = Math.max(160, Math.min(760, this.body.clientWidth || 480));
    if (kind === "table") return this.drawTable(question, ask);
    const answer = await this.wire.ask({ ...question, width: Math.floor(room / 4), height: 90 });
    if (ask !== this.asked) return;
    if (answer.problem) return this.refuse(answer.problem);
    const { about } = answer;
    const numbers = answer.data as Float32Array;
    if (kind === "heat") {
      if (this.heat.root.parentElement !== this.body) this.body.replaceChildren(this.heat.root);
      this.heat.show({ ...about, cells: numbers } as unknown as Grid, room);
    } else if (kind === "images") this.body.replaceChildren(strip(about as unknown as Tiles, numbers, room));
    else this.body.replaceChildren(bars(numbers, about.low, about.high, about.every > 1 ? `of every ${about.every}th element` : ""));
  }

  private async drawTable(question: Record<string, unknown>, ask: number): Promise<void> {
    const first = await this.wire.ask({ ...question, rows: [0, 1], columns: [0, 1] });
    if (ask !== this.asked) return;
    if (first.problem) return this.refuse(first.problem);
    if (first.about.rows * first.about.columns === 1) {
      const value = first.about.texts?.[0] ?? first.data[0];
      return this.body.replaceChildren(element("p", { class: "tfs-scalar", title: short(value, 9) }, short(value, 6)));
    }
    if (this.table.root.parentElement !== this.body) this.body.replaceChildren(this.table.root);
    await this.table.show(first.about.rows, first.about.columns, (rows, columns) => this.wire.ask({ ...question, rows, columns }));
  }

  private refuse(problem: string): void {
    this.wrong.textContent = problem;
    this.body.replaceChildren();
  }

  // -- comparing, copying, saving -----------------------------------------------------------------------------------------
  private makeTools(): void {
    if (this.options.others?.length) {
      const choice = element("select", { "aria-label": "Compare with" }, element("option", { value: "" }, "compare with…"));
      for (const other of this.options.others) choice.append(element("option", { value: other }, other));
      choice.addEventListener("change", () => { if (choice.value) void this.compare(choice.value); choice.value = ""; });
      this.tools.append(choice);
    }
    if (!this.options.keeps) return;
    const copy = press("copy", "Copy this slice as NumPy code", async () => {
      const answer = await this.wire.ask({ do: "copy", tensor: this.looked?.tensor, slice: this.slice.value });
      if (answer.problem) return void (this.wrong.textContent = answer.problem);
      await navigator.clipboard?.writeText(answer.about.text).catch(() => undefined);
      this.compared.replaceChildren(element("p", {}, `Copied: ${String(answer.about.text).length.toLocaleString("en")} characters of NumPy.`));
    });
    const save = press("save .npy", "Save this slice as a .npy file", async () => {
      const answer = await this.wire.ask({ do: "save", tensor: this.looked?.tensor, slice: this.slice.value });
      this.compared.replaceChildren(element("p", {}, answer.problem || `Saved in ${answer.about.path}: np.load gives it back.`));
    });
    this.tools.append(copy, save);
  }

  private async compare(other: string): Promise<void> {
    this.compared.replaceChildren(element("p", {}, "comparing…"));
    const { about, problem } = await this.wire.ask({ do: "compare", tensor: this.looked?.tensor, slice: this.slice.value, other });
    if (problem) return void this.compared.replaceChildren(element("p", { class: "tfnb-problem" }, problem));
    const rows: [string, string][] = about.rows ?? [];
    this.compared.replaceChildren(element("table", {}, element("caption", {}, about.title ?? other),
      element("tbody", {}, ...rows.map(([key, value]) => element("tr", {}, element("th", { scope: "row" }, key), element("td", {}, value))))),
      ...(about.first ? [press(`go to ${about.first}`, "Go to the first node that departs", () => this.wire.model.send({ do: "to", target: about.first }))] : []));
  }

  // -- editing ------------------------------------------------------------------------------------------------------------
  private makeEdit(): void {
    const { edit } = this;
    edit.hidden = true;
    const text = element("input", { type: "text", spellcheck: "false", placeholder: "0, or x * 2, or np.zeros_like(x)", "aria-label": "New value: a number or a NumPy expression of x", size: "24" });
    const paints = element("input", { type: "checkbox", "data-paints": "" });
    const apply = element("button", { type: "submit" }, "Set");
    const zero = press("Set to 0", "Zero this slice", () => this.send("0"));
    paints.addEventListener("change", () => { this.heat.paints = paints.checked; });
    edit.append(element("label", {}, element("span", { "data-target": "" }, "x = "), text), apply, zero, element("label", {}, paints, " paint cells of the heat map with it"),
      element("span", { class: "tfs-quiet" }, "x is the present value; with a slice above, only that part is changed."));
    edit.addEventListener("submit", (event) => { event.preventDefault(); this.send(text.value); });
    edit.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.toggleEdit();
      this.root.closest<HTMLElement>("[tabindex]")?.focus();
    });
  }

  private send(expression: string): void {
    if (expression.trim()) this.wire.model.send({ do: "edit", tensor: this.looked?.tensor, slice: this.slice.value, expression });
  }

  private paint(cells: [number, number][]): void {
    const value = this.edit.querySelector<HTMLInputElement>("input[type=text]")!.value.trim() || "0";
    this.wire.model.send({ do: "paint", tensor: this.looked?.tensor, slice: this.slice.value, cells, expression: value });
  }
}
