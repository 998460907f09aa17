// Breakpoints and watches as two lists that fold away.

import { element, keepFocus, press } from "./_dom";
import type { Model } from "./_dom";
import type { Break, State } from "./_run";

export class BreaksPane {
  readonly root = element("div", { class: "tfs-lists" });
  readonly breaks = element("details", { class: "tfs-list" });
  readonly watches = element("details", { class: "tfs-list" });
  private readonly breakHead = element("summary");
  private readonly watchHead = element("summary");
  private readonly breakRows = element("ul", { "aria-label": "Breakpoints" });
  private readonly watchRows = element("ul", { "aria-label": "Watches" });
  private readonly expression = element("input", { type: "text", spellcheck: "false", placeholder: "np.abs(W).max()", "aria-label": "Watch this NumPy expression", size: "22" });

  constructor(private readonly model: Model) {
    this.breaks.append(this.breakHead, this.breakRows, this.form());
    const watch = element("form", {}, this.expression, element("button", { type: "submit" }, "watch"),
      element("span", { class: "tfs-quiet" }, "any NumPy expression of tensors by their names; `layer/MatMul:0` in backticks"));
    watch.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.expression.value.trim()) model.send({ do: "watch", expression: this.expression.value });
      this.expression.value = "";
    });
    this.watches.append(this.watchHead, this.watchRows, watch);
    this.root.append(this.breaks, this.watches);
  }

  private form(): HTMLFormElement {
    const kind = element("select", { "aria-label": "Stop at" }, ...[["name", "name matches"], ["type", "op type"], ["scope", "in scope"], ["any", "any node"]].map(
      ([value, label]) => element("option", { value }, label)));
    const place = element("input", { type: "text", spellcheck: "false", placeholder: "hidden/.*", "aria-label": "Name, op type or scope", size: "14" });
    const iteration = element("input", { type: "text", inputmode: "numeric", placeholder: "any", "aria-label": "Iteration of the loop", size: "3" });
    const when = element("input", { type: "text", spellcheck: "false", placeholder: "has_inf_or_nan", list: "tfs-conditions", "aria-label": "Only when this is true of the value", size: "16" });
    const list = element("datalist", { id: "tfs-conditions" }, ...["has_inf_or_nan", "abs > 1e3", "min == max", "norm > 10"].map((value) => element("option", { value })));
    const form = element("form", {}, element("label", {}, "stop at ", kind), place, element("label", {}, " iteration ", iteration), element("label", {}, " when ", when, list),
      element("button", { type: "submit" }, "add"));
    kind.addEventListener("change", () => { place.hidden = kind.value === "any"; });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const where = kind.value === "any" || !place.value ? {} : { [kind.value]: place.value };
      const turn = iteration.value.trim() ? { iteration: Number(iteration.value) - 1 } : {};
      const condition = when.value.trim() ? { when: when.value } : {};
      if (Object.keys({ ...where, ...turn, ...condition }).length) this.model.send({ do: "break", ...where, ...turn, ...condition });
    });
    return form;
  }

  follow(breaks: Break[], watches: State["watches"]): void {
    this.breakHead.textContent = `breakpoints ${breaks.length}`;
    this.watchHead.textContent = `watches ${watches.length}`;
    keepFocus(this.breakRows, "data-key", () => this.breakRows.replaceChildren(...breaks.map((b) => {
      const off = press("✕", `Remove: ${b.words}`, () => this.model.send({ do: "unbreak", id: b.id }));
      off.dataset.key = `b${b.id}`;
      return element("li", {}, element("span", { class: "tfs-dot", "aria-hidden": "true" }, "●"), ` ${b.words} `, off);
    })));
    keepFocus(this.watchRows, "data-key", () => this.watchRows.replaceChildren(...watches.map((w) => {
      const off = press("✕", `Remove the watch ${w.expression}`, () => this.model.send({ do: "unwatch", id: w.id }));
      off.dataset.key = `w${w.id}`;
      return element("li", {}, element("code", {}, w.expression), " = ", w.error ? element("i", { class: "tfs-quiet" }, w.error) : element("b", {}, w.value), " ", off);
    })));
  }

  /** Opens the watches and fills in what may be watched. */
  openWatch(expression: string): void {
    this.watches.open = true;
    this.expression.value = expression;
    this.expression.focus();
  }
}
