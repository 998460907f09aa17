// The graph as a list: for those who do not see the drawing, and for whom names say more.

import { counted, element } from "./dom";
import type { Drawing, NodeInfo } from "./drawing";

/** What the list says of a node. */
export type Listed = Pick<NodeInfo, "closed" | "ops" | "type" | "word" | "says" | "marked" | "faded" | "scope">;

export class NodeList {
  readonly element: HTMLDetailsElement;
  private readonly summary = element("summary", {});
  private readonly items = element("ul", { class: "tfnb-nodes", "aria-label": "Nodes of the graph" });

  constructor(private readonly choosing: (id: string) => void, private readonly toggle: (id: string) => void) {
    this.element = element("details", { class: "tfnb-list" }, this.summary, this.items);
  }

  /** Lists what is drawn, scopes around what they hold; `live` lists can be opened and closed. */
  fill(drawing: { nodes: Record<string, Listed>; scopes: Drawing["scopes"] }, live: boolean): void {
    this.summary.textContent = `List of the ${counted(Object.keys(drawing.nodes).length, "node")} drawn`;
    const inside = new Map<string, HTMLElement>([["/", this.items]]);
    this.items.replaceChildren();
    for (const [id, scope] of Object.entries(drawing.scopes)) {
      const within = element("ul", {});
      const head = [element("span", { class: "tfnb-name" }, id.replace(/\/$/, "")), ` open scope, ${counted(scope.ops, "node")} `];
      (inside.get(scope.scope) ?? this.items).append(element("li", {}, ...head, ...(live ? [this.opener(id, "close")] : []), within));
      inside.set(id, within);
    }
    for (const [id, node] of Object.entries(drawing.nodes)) (inside.get(node.scope) ?? this.items).append(this.item(id, node, live));
  }

  choose(id: string | null): void {
    for (const item of this.items.querySelectorAll<HTMLElement>("button[data-node]")) item.setAttribute("aria-pressed", String(item.dataset.node === id));
  }

  private item(id: string, node: Listed, live: boolean): HTMLElement {
    const what = [node.closed ? counted(node.ops, "node") : node.type, node.word, node.says, node.marked ? "made by this cell" : "", node.faded ? "not needed" : ""];
    const made = element("button", { type: "button", class: "tfnb-node", "data-node": id, "aria-pressed": "false" },
      element("span", { class: "tfnb-name" }, id.replace(/\/$/, "")), ` ${what.filter(Boolean).join(", ")}`);
    made.addEventListener("click", () => this.choosing(id));
    return element("li", {}, made, ...(node.closed && live ? [this.opener(id, "open")] : []));
  }

  private opener(id: string, word: "open" | "close"): HTMLElement {
    const made = element("button", { type: "button", class: "tfnb-button tfnb-small", "aria-label": `${word} ${id.replace(/\/$/, "")}` }, word);
    made.addEventListener("click", () => this.toggle(id));
    return made;
  }
}
