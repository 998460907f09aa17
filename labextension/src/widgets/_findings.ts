// What the kernel finds when asked: the chain rule at a node, races between reads and writes, the first bad tensor,
// and the same run in other words (NumPy, JAX, PyTorch).

import { coloured } from "./_code";
import { element, press } from "./_dom";
import { insertCell, insertLabel } from "./_insert";
import type { Answer, Wire } from "./_wire";

/** A panel that opens below the bar, one at a time. */
export class Findings {
  readonly root = element("section", { class: "tfs-findings", "aria-live": "polite" });
  private open = "";

  /** `mark` is told the nodes that a finding is about. */
  constructor(private readonly wire: Wire, private readonly mark: (nodes: string[]) => void) {
    this.root.hidden = true;
  }

  /** Opens what is asked for, or closes it when it is open already. */
  async toggle(what: "chain" | "races" | "bad" | "texts" | "help", more: Record<string, unknown> = {}): Promise<void> {
    const key = what + JSON.stringify(more);
    if (this.open === key) return this.close();
    this.open = key;
    this.root.hidden = false;
    if (what === "help") return this.fill("Keys", help());
    this.fill("", element("p", { class: "tfs-quiet" }, "looking…"));
    const answer = await this.wire.ask({ do: what, ...more });
    if (this.open !== key) return;
    if (answer.problem) return this.fill("", element("p", { class: "tfnb-problem" }, answer.problem));
    if (what === "chain") this.fill(String(answer.about.title), ...chain(answer));
    else if (what === "races") {
      this.fill("Reads and writes without an order", ...races(answer));
      this.mark(answer.about.nodes ?? []);
    }
    else if (what === "bad") this.fill("The first bad tensor", ...this.bad(answer));
    else this.fill("The same run in other words", ...texts(answer));
  }

  close(): void {
    this.open = "";
    this.mark([]);
    this.root.hidden = true;
    this.root.replaceChildren();
  }

  private fill(title: string, ...inside: Node[]): void {
    const close = press("✕", "Close (Escape)", () => this.close());
    close.className = "tfs-close";
    this.root.replaceChildren(close, ...(title ? [element("h4", {}, title)] : []), ...inside);
  }

  private bad({ about }: Answer): Node[] {
    if (!about.node) return [element("p", {}, String(about.says))];
    const go = press("step there", `Go to just before ${about.node}`, () => this.wire.model.send({ do: "to", target: about.position }));
    return [element("p", {}, element("b", {}, about.node), ` ${about.says}`), ...(about.where ? [element("p", {}, `Made in ${about.where}`)] : []),
      ...(about.inputs?.length ? [element("p", {}, "Caused by these elements of its inputs:"), element("ul", {}, ...about.inputs.map((text: string) => element("li", {}, element("code", {}, text))))] : []),
      go];
  }
}

function chain({ about }: Answer): Node[] {
  const rows = (about.rows as { input: string; formula: string; upstream: string; local: string; result: string; check: string; passed: boolean | null }[]) ?? [];
  const head = ["for the input", "what comes from above", "local derivative", "gradient", "finite differences", "by the rule"];
  return [
    element("p", { class: "tfs-formula" }, "dL/dx = dL/dy · dy/dx"), element("p", {}, about.says ?? ""),
    element("table", {}, element("thead", {}, element("tr", {}, ...head.map((text) => element("th", { scope: "col" }, text)))),
      element("tbody", {}, ...rows.map((row) => element("tr", {}, element("th", { scope: "row" }, row.input), element("td", {}, row.upstream), element("td", {}, row.local),
        element("td", {}, row.result), element("td", { class: row.passed === null ? "" : row.passed ? "tfs-pass" : "tfs-fail" },
          `${row.passed === null ? "" : row.passed ? "✓ pass " : "✗ fail "}${row.check}`), element("td", {}, element("code", {}, row.formula)))))),
    ...(about.code ? [element("details", {}, element("summary", {}, "the gradient rule's source"), element("pre", { tabindex: "0" }, ...coloured(about.code)))] : []),
  ];
}

function races({ about }: Answer): Node[] {
  const found = about.races as { variable: string; says: string; outcomes: [string, string][]; mend: string }[];
  if (!found.length) return [element("p", {}, "None: every read of a variable stands before or after each of its writes.")];
  return found.map((race) => element("div", { class: "tfs-race" }, element("p", {}, "⚡ ", element("b", {}, race.variable), ` ${race.says}`),
    element("table", {}, element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "order"), element("th", { scope: "col" }, "outcome"))),
      element("tbody", {}, ...race.outcomes.map(([order, value]) => element("tr", {}, element("th", { scope: "row" }, order), element("td", {}, value))))),
    element("pre", { tabindex: "0" }, ...coloured(race.mend)), mender(race.mend)));
}

function mender(code: string): HTMLButtonElement {
  const button: HTMLButtonElement = press(insertLabel(), "Put the mend into a new cell", () => insertCell(button, code));
  return button;
}

function texts({ about }: Answer): Node[] {
  const pages = about.texts as { name: string; text: string; note: string }[];
  const tabs = element("div", { class: "tfs-tabs", role: "tablist", "aria-label": "The same run as" });
  const id = `tfs-texts-${Math.random().toString(36).slice(2)}`;
  const page = element("div", { role: "tabpanel", id });
  const show = (n: number) => {
    tabs.querySelectorAll("button").forEach((tab, i) => { tab.setAttribute("aria-selected", String(i === n)); tab.tabIndex = i === n ? 0 : -1; });
    const { text, note, name } = pages[n];
    page.setAttribute("aria-label", name);
    const copy = press("copy", `Copy the ${name} text`, () => void navigator.clipboard?.writeText(text).catch(() => undefined));
    const insert = press(insertLabel(), `Put the ${name} text into a new cell`, () => insertCell(page, text));
    page.replaceChildren(element("p", { class: "tfs-quiet" }, note), element("pre", { tabindex: "0", class: "tfs-page" }, ...coloured(text)), copy, insert);
  };
  pages.forEach(({ name }, n) => {
    const tab = press(name, name, () => show(n));
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", id);
    tabs.append(tab);
  });
  tabs.addEventListener("keydown", (event) => {
    const all = [...tabs.querySelectorAll("button")];
    const step = ({ ArrowRight: 1, ArrowLeft: -1 } as Record<string, number>)[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const next = (all.indexOf(document.activeElement as HTMLButtonElement) + step + all.length) % all.length;
    all[next].focus();
    show(next);
  });
  show(0);
  return [tabs, page];
}

export const KEYS: [string, string][] = [
  ["→  ←", "step, back"], ["Shift+→  Shift+←", "over the scope or loop"], ["Home  End", "first, last"], ["Enter on a line or node", "run to it"], ["arrows in the graph", "from node to node; Escape: back to the steps"], ["+  −", "zoom the graph it is in"], ["b", "breakpoint"],
  ["w", "watch"], ["e", "edit the value"], ["/", "search a node"], ["f", "fit the graph"], ["c", "jump to the cell"], ["g", "jump to the graph"], ["d", "derivative: the chain-rule card"],
  ["p", "predict first"], ["space", "play or pause"], ["?", "this list"],
];

function help(): HTMLElement {
  return element("dl", { class: "tfs-keys" }, ...KEYS.flatMap(([key, words]) => [element("dt", {}, element("kbd", {}, key)), element("dd", {}, words)]));
}
