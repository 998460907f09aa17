// A drawn graph to look around in: drag to move, ctrl+wheel or + and - to zoom, f to fit; a list of its nodes besides.
// Choosing a node, in the drawing or in the list, lights it up and says what it is.

import { button, counted, element } from "./dom";
import type { NodeInfo } from "./protocol";
import { sanitise } from "./sanitise";

export interface Drawing {
  title: string;
  svg: string;
  text: string;
  nodes: Record<string, NodeInfo>;
}

const STEP = 1.25;
const KINDS: Record<string, string> = {
  placeholder: "placeholder", constant: "constant", variable: "trainable variable", fixed: "variable, not trained",
  op: "operation", gradient: "backward operation", update: "update of a variable", group: "group of operations",
};
const HELP = "Arrow keys move, + and - zoom, f fits, Escape lets go of the chosen node.";

export class GraphView {
  readonly element = element("div", { class: "tfnb-graph", "data-lm-suppress-shortcuts": "true" });
  private readonly box = element("div", { class: "tfnb-drawing", tabindex: "0", role: "group" });
  private readonly card = element("div", { class: "tfnb-card", role: "status" });
  private readonly list = element("ul", { class: "tfnb-nodes", "aria-label": "Nodes of the graph" });
  private svg: SVGSVGElement | null = null;
  private whole = { x: 0, y: 0, width: 1, height: 1 };
  private shown = { x: 0, y: 0, width: 1, height: 1 };

  constructor(private readonly drawing: Drawing) {
    this.svg = sanitise(drawing.svg);
    if (this.svg === null) {
      this.element.append(element("pre", {}, drawing.text || drawing.title || "This output holds no graph."));
      return;
    }
    this.prepare(this.svg);
    const names = element("details", { class: "tfnb-list" }, element("summary", {}, `List of the ${counted(this.names.length, "node")} drawn`), this.list);
    this.element.append(this.bar(), this.box, this.legend(), this.card, names);
    this.fill();
    this.listen();
  }

  private get names(): string[] {
    return Object.keys(this.drawing.nodes);
  }

  private bar(): HTMLElement {
    const title = element("span", { class: "tfnb-title" }, this.drawing.title);
    return element("div", { class: "tfnb-bar", role: "toolbar", "aria-label": "Look around in the graph" }, title,
      button("Zoom out (-)", "−", () => this.zoom(1 / STEP)), button("Zoom in (+)", "+", () => this.zoom(STEP)),
      button("Fit (f)", "Fit", () => this.fit()));
  }

  private legend(): HTMLElement {
    const kinds = new Set(Object.values(this.drawing.nodes).map((node) => node.kind));
    const items = Object.keys(KINDS).filter((kind) => kinds.has(kind));
    return element("div", { class: "tfnb-legend", "aria-hidden": "true" },
      ...items.map((kind) => element("span", {}, element("i", { class: `tfnb-swatch tfnb-${kind}` }), KINDS[kind])));
  }

  private prepare(svg: SVGSVGElement): void {
    const [x, y, width, height] = (svg.getAttribute("viewBox") ?? "").split(/[\s,]+/).map(Number);
    if (width > 0 && height > 0) this.whole = { x, y, width, height };
    svg.setAttribute("aria-hidden", "true"); // the list says the same in words
    // as large as drawn where there is room (Graphviz counts in points); a flat graph keeps some height to zoom into
    this.box.style.setProperty("--height", `${Math.round((this.whole.height * 4) / 3)}px`);
    this.box.setAttribute("aria-label", `${this.drawing.title}. ${HELP}`);
    this.box.append(svg);
    this.fit();
  }

  private fill(): void {
    for (const name of this.names) {
      const node = this.drawing.nodes[name];
      const made = element("button", { type: "button", class: "tfnb-node", "data-node": name },
        element("span", { class: "tfnb-name" }, name), ` ${node.type}, ${KINDS[node.kind] ?? node.kind}`);
      made.addEventListener("click", () => this.choose(name, true));
      this.list.append(element("li", {}, made));
    }
  }

  // -- choosing ---------------------------------------------------------------------------------------------------------
  /** Lights a node up, or the closed scope that it is in, and says what it is; with `bring`, brings it into view. Null lets go. */
  choose(wanted: string | null, bring = false): void {
    const name = wanted === null ? null : this.boxOf(wanted);
    this.svg?.querySelector(".tfnb-chosen")?.classList.remove("tfnb-chosen");
    for (const item of this.list.querySelectorAll("button")) item.setAttribute("aria-pressed", String(item.dataset.node === name));
    const node = name === null ? undefined : this.drawing.nodes[name];
    this.card.replaceChildren();
    if (name === null || node === undefined) return;
    const place = node.where ? `, made in ${node.where}` : "";
    this.card.append(element("b", {}, name), ` ${node.type}, ${KINDS[node.kind] ?? node.kind}${place}`);
    if (node.doc) this.card.append(element("div", {}, node.doc));
    const drawn = this.drawn(name);
    drawn?.classList.add("tfnb-chosen");
    if (drawn && bring) this.bring(drawn);
  }

  private boxOf(name: string): string {
    if (Object.hasOwn(this.drawing.nodes, name) || !name.includes("/")) return name;
    const parts = name.split("/");
    const scopes = parts.map((_, i) => parts.slice(0, i).join("/") + "/");
    return scopes.find((scope) => Object.hasOwn(this.drawing.nodes, scope)) ?? name;
  }

  private drawn(name: string): SVGGraphicsElement | null {
    const id = "node:" + name.replace(/\/$/, "");
    return this.svg?.querySelector<SVGGraphicsElement>(`g[data-id="${CSS.escape(id)}"]`) ?? null;
  }

  private bring(drawn: SVGGraphicsElement): void {
    const scale = this.scale();
    const [node, box] = [drawn.getBoundingClientRect(), this.box.getBoundingClientRect()];
    if (node.left >= box.left && node.right <= box.right && node.top >= box.top && node.bottom <= box.bottom) return;
    this.move((node.x + node.width / 2 - box.x - box.width / 2) / scale, (node.y + node.height / 2 - box.y - box.height / 2) / scale);
  }

  // -- looking around ---------------------------------------------------------------------------------------------------
  private scale(): number {
    return this.svg?.getScreenCTM()?.a || 1; // pixels for each unit of the drawing
  }

  private show(x: number, y: number, width: number, height: number): void {
    const { whole } = this;
    const middle = (at: number, size: number, from: number, all: number) => Math.min(Math.max(at, from - size / 2), from + all - size / 2);
    this.shown = { x: middle(x, width, whole.x, whole.width), y: middle(y, height, whole.y, whole.height), width, height };
    this.svg?.setAttribute("viewBox", `${this.shown.x} ${this.shown.y} ${width} ${height}`);
  }

  fit(): void {
    this.show(this.whole.x, this.whole.y, this.whole.width, this.whole.height);
  }

  move(dx: number, dy: number): void {
    this.show(this.shown.x + dx, this.shown.y + dy, this.shown.width, this.shown.height);
  }

  /** Larger by `factor`; the point under (x, y), parts of the shown width and height, stays where it is. */
  zoom(factor: number, x = 0.5, y = 0.5): void {
    const { shown, whole } = this;
    const width = Math.min(Math.max(shown.width / factor, 40), whole.width * 2);
    const height = (width * whole.height) / whole.width;
    this.show(shown.x + (shown.width - width) * x, shown.y + (shown.height - height) * y, width, height);
  }

  private listen(): void {
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // the page scrolls as ever; a pinch arrives with ctrl
      event.preventDefault();
      const page = this.svg!.getScreenCTM()!;
      const [x, y] = [(event.clientX - page.e) / page.a, (event.clientY - page.f) / page.d];
      this.zoom(Math.exp(-event.deltaY / 200), (x - this.shown.x) / this.shown.width, (y - this.shown.y) / this.shown.height);
    }, { passive: false });
    this.box.addEventListener("pointerdown", (down) => {
      if (down.button !== 0) return;
      let [x, y, dragged] = [down.clientX, down.clientY, false];
      const target = down.target as Element;
      const moved = (event: PointerEvent) => {
        if (!dragged && Math.hypot(event.clientX - x, event.clientY - y) < 4) return;
        if (!dragged) this.box.setPointerCapture(down.pointerId);
        dragged = true;
        const scale = this.scale();
        this.move((x - event.clientX) / scale, (y - event.clientY) / scale);
        [x, y] = [event.clientX, event.clientY];
      };
      const up = () => {
        this.box.removeEventListener("pointermove", moved);
        if (!dragged) this.choose(target.closest("g.node")?.getAttribute("data-id")?.replace(/^node:/, "") ?? null);
      };
      this.box.addEventListener("pointermove", moved);
      window.addEventListener("pointerup", up, { once: true });
    });
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const far = this.shown.width / 8;
    const actions: Record<string, () => void> = {
      ArrowLeft: () => this.move(-far, 0), ArrowRight: () => this.move(far, 0), ArrowUp: () => this.move(0, -far),
      ArrowDown: () => this.move(0, far), "+": () => this.zoom(STEP), "=": () => this.zoom(STEP), "-": () => this.zoom(1 / STEP),
      f: () => this.fit(), "0": () => this.fit(), Escape: () => this.choose(null),
    };
    if (!Object.hasOwn(actions, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    actions[event.key]();
  }
}
