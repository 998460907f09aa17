// The drawing itself: looked around in by dragging, pinching and keys, with a small map; a new drawing grows out of the old one.

import { element } from "./dom";

const SVG = "http://www.w3.org/2000/svg";
const MOMENT = 220; // milliseconds of a transition; none where the reader asked for none
const STEP = 1.25;

interface Box { x: number; y: number; width: number; height: number }

export interface Chosen { kind: "node" | "edge" | "scope"; id: string }

export class Canvas {
  readonly element = element("div", { class: "tfnb-drawing", tabindex: "0", role: "group" });
  svg: SVGSVGElement | null = null;
  onChoose: (chosen: Chosen | null) => void = () => {};
  onOpen: (chosen: Chosen) => void = () => {};
  onHover: (edge: string | null, event: PointerEvent) => void = () => {};
  private whole: Box = { x: 0, y: 0, width: 1, height: 1 };
  private shown: Box = { x: 0, y: 0, width: 1, height: 1 };
  private drawn = new Map<string, SVGGraphicsElement>(); // nodes, scopes and arrows by data-id
  private mapped = false; // whether the small map is of this drawing
  private looks = 0; // how often another part was looked at; a glide ends where something else moves the view
  private readonly map = document.createElementNS(SVG, "svg");
  private readonly frame = document.createElementNS(SVG, "rect");

  constructor() {
    this.map.classList.add("tfnb-minimap");
    this.map.setAttribute("aria-hidden", "true");
    this.frame.classList.add("tfnb-frame");
    this.listen();
  }

  /** Whether all of the drawing is seen. */
  get fitted(): boolean {
    return this.shown.width >= this.whole.width * 0.98;
  }

  /** Shows a drawing; with an `anchor`, a node of both, that stays where the reader sees it, and the others move to their new places. */
  show(svg: SVGSVGElement, anchor: string | null = null): void {
    const before = this.svg === null ? null : this.places();
    const scale = this.scale();
    const [x, y, width, height] = (svg.getAttribute("viewBox") ?? "").split(/[\s,]+/).map(Number);
    if (width > 0 && height > 0) this.whole = { x, y, width, height };
    svg.setAttribute("aria-hidden", "true"); // the list says the same in words
    for (const edge of svg.querySelectorAll<SVGGElement>("g.edge")) widen(edge);
    // as large as drawn where there is room (Graphviz counts in points); a flat graph keeps some height to zoom into
    this.element.style.setProperty("--height", `${Math.round((this.whole.height * 4) / 3)}px`);
    this.svg = svg;
    this.drawn = new Map([...svg.querySelectorAll<SVGGraphicsElement>("g[data-id]")].map((g) => [g.getAttribute("data-id")!, g]));
    this.mapped = false;
    this.element.replaceChildren(svg, this.map);
    this.fit();
    if (before !== null) this.settle(before, anchor, scale);
  }

  // -- finding ------------------------------------------------------------------------------------------------------------
  node(id: string): SVGGraphicsElement | null {
    return this.drawn.get("node:" + id.replace(/\/$/, "")) ?? null;
  }

  scope(id: string): SVGGraphicsElement | null {
    return this.drawn.get("scope:" + id.replace(/\/$/, "")) ?? null;
  }

  edge(index: number): SVGGraphicsElement | null {
    return this.drawn.get(`edge:${index}`) ?? null;
  }

  /** Names of the nodes that are drawn, a closed scope without its last slash. */
  get nodes(): string[] {
    return [...this.drawn.keys()].flatMap((key) => (key.startsWith("node:") ? [key.slice(5)] : []));
  }

  /** Gives a class to exactly these boxes and arrows. */
  mark(name: string, nodes: Iterable<string>, edges: Iterable<number> = []): void {
    for (const old of this.svg?.querySelectorAll("." + name) ?? []) old.classList.remove(name);
    for (const id of nodes) (this.node(id) ?? this.scope(id))?.classList.add(name);
    for (const i of edges) this.edge(i)?.classList.add(name);
  }

  /** The nearest node from this one in a direction, as the eye goes; without one, the first. */
  next(id: string | null, dx: number, dy: number): string | null {
    const all = [...(this.svg?.querySelectorAll<SVGGraphicsElement>("g.node") ?? [])].map((g) => ({ id: idOf(g), at: centre(g) }));
    const from = id === null ? undefined : all.find((n) => n.id === id.replace(/\/$/, ""))?.at;
    if (from === undefined) return all[0]?.id ?? null;
    const beyond = all.map((n) => ({ id: n.id, along: (n.at.x - from.x) * dx + (n.at.y - from.y) * dy, across: Math.abs((n.at.x - from.x) * dy) + Math.abs((n.at.y - from.y) * dx) }))
      .filter((n) => n.along > 1).sort((a, b) => a.along + 2 * a.across - b.along - 2 * b.across);
    return (beyond.find((n) => n.across <= 2 * n.along) ?? beyond[0])?.id ?? null; // what stands beside is that way only where nothing else is
  }

  /** Moves the view so that a box can be seen. */
  bring(id: string): void {
    const drawn = this.node(id) ?? this.scope(id);
    if (drawn !== null) this.bringDrawn(drawn);
  }

  private bringDrawn(drawn: SVGGraphicsElement, move = (dx: number, dy: number) => this.glide(dx, dy)): void {
    this.looks++;
    const scale = this.scale();
    const [node, box, map] = [drawn, this.element, this.map].map((e) => e.getBoundingClientRect());
    const covered = !this.fitted && node.left < map.right && node.bottom > map.top;
    if (node.left >= box.left && node.right <= box.right && node.top >= box.top && node.bottom <= box.bottom && !covered) return;
    move((node.x + node.width / 2 - box.x - box.width / 2) / scale, (node.y + node.height / 2 - box.y - box.height / 2) / scale);
  }

  // -- looking around -----------------------------------------------------------------------------------------------------
  fit(): void {
    this.look(this.whole.x, this.whole.y, this.whole.width, this.whole.height);
  }

  move(dx: number, dy: number): void {
    this.look(this.shown.x + dx, this.shown.y + dy, this.shown.width, this.shown.height);
  }

  /** Larger by `factor`; the point under (x, y), parts of the shown width and height, stays where it is. */
  zoom(factor: number, x = 0.5, y = 0.5): void {
    const { shown, whole } = this;
    const width = Math.min(Math.max(shown.width / factor, 40), whole.width * 2);
    const height = (width * whole.height) / whole.width;
    this.look(shown.x + (shown.width - width) * x, shown.y + (shown.height - height) * y, width, height);
  }

  nearer = (): void => this.zoom(STEP);
  farther = (): void => this.zoom(1 / STEP);

  pan(dx: number, dy: number): void {
    this.move((dx * this.shown.width) / 8, (dy * this.shown.width) / 8);
  }

  /** Does what a key means here: + - f 0 and shift with an arrow look around, an arrow goes from a node to the next one. False for any other key. */
  key(event: KeyboardEvent, from: string | null, go: (id: string) => void): boolean {
    const arrows: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const plain: Record<string, () => void> = { "+": this.nearer, "=": this.nearer, "-": this.farther, f: () => this.fit(), "0": () => this.fit() };
    if (Object.hasOwn(plain, event.key)) plain[event.key]();
    else if (!Object.hasOwn(arrows, event.key)) return false;
    else if (event.shiftKey) this.pan(...arrows[event.key]);
    else {
      const next = this.next(from, ...arrows[event.key]);
      if (next !== null) go(next);
    }
    return true;
  }

  /** Comes near, a node in the middle, where names cannot be read otherwise: at less than `least` pixels for each point of the drawing. */
  readable(least: number, id: string): void {
    if (this.svg === null || this.scale() >= least) return;
    this.zoom((STEP * least) / this.scale());
    const drawn = this.node(id);
    if (drawn === null) return;
    const [node, box] = [centre(drawn), centre(this.element)];
    this.move((node.x - box.x) / this.scale(), (node.y - box.y) / this.scale());
  }

  /** Moves the view in a moment that the eye can follow. */
  private glide(dx: number, dy: number): void {
    if (calm() || !this.element.isConnected) return this.move(dx, dy);
    const { x, y, width, height } = this.shown;
    const began = performance.now();
    let own = this.looks;
    const step = (now: number) => {
      if (own !== this.looks) return;
      const rest = (1 - Math.min(1, Math.max(0, now - began) / MOMENT)) ** 3;
      this.look(x + dx * (1 - rest), y + dy * (1 - rest), width, height);
      own = this.looks;
      if (rest > 0) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  private look(x: number, y: number, width: number, height: number): void {
    const { whole } = this;
    this.looks++;
    const middle = (at: number, size: number, from: number, all: number) => Math.min(Math.max(at, from - size / 2), from + all - size / 2);
    this.shown = { x: middle(x, width, whole.x, whole.width), y: middle(y, height, whole.y, whole.height), width, height };
    this.svg?.setAttribute("viewBox", `${this.shown.x} ${this.shown.y} ${width} ${height}`);
    this.map.classList.toggle("tfnb-needed", !this.fitted);
    if (!this.fitted && !this.mapped && this.element.clientWidth) this.drawMap(); // boxes have no size before they are on the page
    place(this.frame, this.shown);
  }

  private scale(): number {
    return this.svg?.getScreenCTM()?.a || 1; // pixels for each unit of the drawing
  }

  // -- the small map ------------------------------------------------------------------------------------------------------
  private drawMap(): void {
    this.mapped = true;
    const { x, y, width, height } = this.whole;
    this.map.setAttribute("viewBox", `${x} ${y} ${width} ${height}`);
    this.map.style.aspectRatio = `${width} / ${height}`;
    const shift = this.svg?.querySelector<SVGGElement>("g.graph")?.transform.baseVal.consolidate()?.matrix;
    const boxes = [...(this.svg?.querySelectorAll<SVGGraphicsElement>("g.node") ?? [])].map((g) => {
      const rect = document.createElementNS(SVG, "rect");
      const box = g.getBBox();
      place(rect, { x: box.x + (shift?.e ?? 0), y: box.y + (shift?.f ?? 0), width: box.width, height: box.height });
      return rect;
    });
    this.map.replaceChildren(...boxes, this.frame);
  }

  private goOnMap(event: PointerEvent): void {
    const matrix = this.map.getScreenCTM();
    if (matrix === null) return;
    const [x, y] = [(event.clientX - matrix.e) / matrix.a, (event.clientY - matrix.f) / matrix.d];
    this.look(x - this.shown.width / 2, y - this.shown.height / 2, this.shown.width, this.shown.height);
  }

  // -- from one drawing to the next ---------------------------------------------------------------------------------------
  private places(): Map<string, DOMRect> {
    const all = this.svg?.querySelectorAll<SVGGraphicsElement>("g.node, g.cluster") ?? [];
    return new Map([...all].map((g) => [(g.getAttribute("data-id") ?? "").replace(/^\w+:/, ""), g.getBoundingClientRect()]));
  }

  private settle(before: Map<string, DOMRect>, anchor: string | null, scale: number): void {
    const name = anchor?.replace(/\/$/, "") ?? null;
    const old = name === null ? undefined : before.get(name);
    const now = name === null ? null : (this.node(name) ?? this.scope(name));
    if (old !== undefined && now !== null) {
      this.zoom(scale / this.scale());
      const at = now.getBoundingClientRect();
      this.move((at.x + at.width / 2 - old.x - old.width / 2) / this.scale(), (at.y + at.height / 2 - old.y - old.height / 2) / this.scale());
      this.widenFor(now);
    }
    if (calm() || !this.element.isConnected) return;
    const unit = this.scale();
    for (const [id, rect] of this.places()) {
      const drawn = this.node(id) ?? this.scope(id);
      const from = before.get(id) ?? old;
      if (drawn === null || from === undefined) continue;
      const [dx, dy] = [(from.x + from.width / 2 - rect.x - rect.width / 2) / unit, (from.y + from.height / 2 - rect.y - rect.height / 2) / unit];
      const start = { transform: `translate(${dx}px, ${dy}px)`, opacity: before.has(id) ? 1 : 0 };
      drawn.animate([start, { transform: "none", opacity: 1 }], { duration: MOMENT, easing: "ease-out" });
    }
    for (const edge of this.svg?.querySelectorAll("g.edge") ?? []) edge.animate([{ opacity: 0 }, { opacity: 0, offset: 0.5 }, {}], { duration: MOMENT });
  }

  /** A group that opened larger than the view is seen as a whole where that takes no more than half the size. */
  private widenFor(drawn: SVGGraphicsElement): void {
    const [box, view] = [drawn.getBoundingClientRect(), this.element.getBoundingClientRect()];
    const factor = Math.min(1.08 * Math.max(box.width / view.width, box.height / view.height), 2);
    if (factor > 1.08) this.zoom(1 / factor);
    this.bringDrawn(drawn, (dx, dy) => this.move(dx, dy)); // its boxes move already
  }

  // -- pointers -----------------------------------------------------------------------------------------------------------
  private listen(): void {
    this.element.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey || this.svg === null) return; // the page scrolls as ever; a pinch arrives with ctrl
      event.preventDefault();
      const page = this.svg.getScreenCTM()!;
      const [x, y] = [(event.clientX - page.e) / page.a, (event.clientY - page.f) / page.d];
      this.zoom(Math.exp(-event.deltaY / 200), (x - this.shown.x) / this.shown.width, (y - this.shown.y) / this.shown.height);
    }, { passive: false });
    this.element.addEventListener("dblclick", (event) => {
      const found = chosenBy(event.target as Element);
      if (found !== null) this.onOpen(found);
    });
    this.element.addEventListener("pointermove", (event) => this.onHover(edgeOf(event.target as Element), event));
    this.element.addEventListener("pointerleave", (event) => this.onHover(null, event));
    this.element.addEventListener("pointerdown", (down) => this.press(down));
  }

  private press(down: PointerEvent): void {
    if (down.button !== 0) return;
    const onMap = this.map.contains(down.target as Node);
    let [x, y, dragged] = [down.clientX, down.clientY, false];
    const moved = (event: PointerEvent) => {
      if (onMap) return this.goOnMap(event);
      if (!dragged && Math.hypot(event.clientX - x, event.clientY - y) < 4) return;
      if (!dragged) this.element.setPointerCapture(down.pointerId);
      dragged = true;
      const scale = this.scale();
      this.move((x - event.clientX) / scale, (y - event.clientY) / scale);
      [x, y] = [event.clientX, event.clientY];
    };
    const up = () => {
      this.element.removeEventListener("pointermove", moved);
      if (!dragged && !onMap) this.onChoose(chosenBy(down.target as Element));
    };
    if (onMap) this.goOnMap(down);
    this.element.addEventListener("pointermove", moved);
    window.addEventListener("pointerup", up, { once: true });
  }
}

function idOf(drawn: Element): string {
  return (drawn.getAttribute("data-id") ?? "").replace(/^\w+:/, "");
}

function edgeOf(target: Element): string | null {
  const found = target.closest("g.edge");
  return found === null ? null : idOf(found);
}

function chosenBy(target: Element): Chosen | null {
  const found = target.closest("g.node, g.edge, g.cluster");
  const kind = found?.getAttribute("data-id")?.match(/^(node|edge|scope):/)?.[1];
  return found === null || kind === undefined ? null : { kind: kind as Chosen["kind"], id: idOf(found) };
}

/** Whether the reader asked for no motion. */
function calm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function centre(drawn: Element): { x: number; y: number } {
  const box = drawn.getBoundingClientRect();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

function place(rect: SVGElement, box: Box): void {
  for (const name of ["x", "y", "width", "height"] as const) rect.setAttribute(name, String(box[name]));
}

/** A thin arrow is hard to point at: an unseen, wide one lies over it. */
function widen(edge: SVGGElement): void {
  const path = edge.querySelector("path");
  if (path === null) return;
  const wide = path.cloneNode() as SVGPathElement;
  wide.setAttribute("class", "tfnb-wide");
  edge.append(wide);
}
