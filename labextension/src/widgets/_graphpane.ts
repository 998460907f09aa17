// The graph beside the code: what is done, current, to come and not needed; the current node stays in view.

import { sanitise } from "../sanitise";
import { element, press } from "./_dom";
import type { Program, State } from "./_run";
import { isDone } from "./_run";

export interface GraphActions {
  choose(box: string): void;
  runTo(box: string): void;
}

export class GraphPane {
  readonly root = element("div", { class: "tfs-graphpane" });
  private readonly frame = element("div", { class: "tfs-graph", tabindex: "0", role: "group" });
  private readonly nodes = new Map<string, SVGGElement>();
  private readonly of = new Map<string, number[]>(); // a box's instructions
  private svg: SVGSVGElement | null = null;
  private zoom = 1;
  private natural = 1;
  private was = "";

  constructor(source: string, private readonly program: Program, actions: GraphActions) {
    this.svg = source ? sanitise(source) : null;
    program.instructions.forEach((instruction, i) => this.of.set(instruction.box, [...(this.of.get(instruction.box) ?? []), i]));
    if (!this.svg) {
      this.frame.append(element("p", {}, "No Graphviz here: the code beside it shows the run."));
      this.root.append(this.frame);
      return;
    }
    this.svg.setAttribute("aria-hidden", "true"); // the code beside it says the same in words
    this.natural = ((Number(this.svg.getAttribute("viewBox")?.split(/[\s,]+/)[2]) || 400) * 4) / 3;
    this.frame.append(this.svg);
    this.frame.setAttribute("aria-label", "The graph of the run: plus and minus zoom, f fits. The code beside it lists the same nodes.");
    for (const node of this.svg.querySelectorAll<SVGGElement>("g.node")) this.prepare(node, actions);
    const tools = element("div", { class: "tfs-zoom" }, press("−", "Smaller (-)", () => this.scale(this.zoom / 1.25)), press("+", "Larger (+)", () => this.scale(this.zoom * 1.25)),
      press("fit", "Fit (f)", () => this.fit()));
    this.root.append(this.frame, tools, this.legend());
    this.frame.addEventListener("keydown", (event) => this.key(event));
    this.scale(0.9);
    new ResizeObserver((_, observer) => { // once there is room, the current node can be brought into view
      if (!this.frame.clientWidth) return;
      observer.disconnect();
      this.bring(this.nodes.get(this.was));
    }).observe(this.frame);
  }

  private prepare(node: SVGGElement, actions: GraphActions): void {
    const box = (node.getAttribute("data-id") ?? "").replace(/^node:/, "");
    this.nodes.set(box, node);
    node.addEventListener("click", () => actions.choose(box));
    node.addEventListener("dblclick", () => actions.runTo(box));
    const why = this.program.idle[box];
    if (why) {
      const title = node.querySelector("title") ?? node.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "title"));
      title.textContent = `${box}: not needed. ${why}`;
    }
  }

  private legend(): HTMLElement {
    const item = (kind: string, words: string) => element("span", {}, element("i", { class: `tfs-swatch tfs-is-${kind}` }), words);
    return element("div", { class: "tfs-states", "aria-hidden": "true" }, item("done", "done"), item("current", "current"), item("coming", "to come"), item("idle", "not needed"));
  }

  follow(state: State, chosen: string, breaks: Set<number>): void {
    const current = state.next >= 0 ? this.program.instructions[state.next].box : "";
    for (const [box, node] of this.nodes) {
      const inside = this.of.get(box);
      const done = inside?.every((i) => isDone(state, i)) ?? false;
      const begun = !done && (inside?.some((i) => isDone(state, i)) ?? false);
      node.classList.toggle("tfs-idle", box in this.program.idle);
      node.classList.toggle("tfs-done", done);
      node.classList.toggle("tfs-begun", begun);
      node.classList.toggle("tfs-coming", inside !== undefined && !done && !begun && box !== current);
      node.classList.toggle("tfs-current", box === current);
      node.classList.toggle("tfs-chosen", box === chosen);
      node.classList.toggle("tfs-broken", inside?.some((i) => breaks.has(i)) ?? false);
    }
    const seen = current || (state.last >= 0 ? this.program.instructions[state.last].box : "");
    if (seen !== this.was) this.bring(this.nodes.get(seen));
    this.was = seen;
  }

  /** Points nodes out: what a finding is about. */
  mark(nodes: string[]): void {
    const boxes = new Set(nodes.map((name) => this.program.instructions.find((i) => i.name === name)?.box ?? name));
    for (const [box, node] of this.nodes) node.classList.toggle("tfs-marked", boxes.has(box));
  }

  /** Brings a node chosen elsewhere into view. */
  show(box: string): void {
    this.bring(this.nodes.get(box));
  }

  focus(): void {
    this.frame.focus();
  }

  private bring(node: SVGGElement | undefined): void {
    if (!node) return;
    const [box, view] = [node.getBoundingClientRect(), this.frame.getBoundingClientRect()];
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.frame.scrollBy({ left: box.left + box.width / 2 - view.left - view.width / 2, top: box.top + box.height / 2 - view.top - view.height / 2, behavior: calm ? "instant" : "smooth" });
  }

  fit(): void {
    const ratio = this.frame.clientWidth / this.natural;
    this.scale(Math.min(1, ratio));
  }

  private scale(zoom: number): void {
    this.zoom = Math.min(3, Math.max(0.15, zoom));
    if (this.svg) this.svg.style.width = `${Math.round(this.natural * this.zoom)}px`;
    const node = this.nodes.get(this.was);
    if (node) requestAnimationFrame(() => this.bring(node));
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const far = 60;
    const actions: Record<string, () => void> = {
      "+": () => this.scale(this.zoom * 1.25), "=": () => this.scale(this.zoom * 1.25), "-": () => this.scale(this.zoom / 1.25), f: () => this.fit(),
      ArrowUp: () => this.frame.scrollBy(0, -far), ArrowDown: () => this.frame.scrollBy(0, far),
    };
    if (!Object.hasOwn(actions, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    actions[event.key]();
  }
}
