// A graph to look around in: the drawing, a card of what is chosen, a legend, and a list that says the same in words.
//   drag moves, ctrl+wheel zooms, double-click opens and closes a scope; keys: HELP below
// The kernel draws (tfnb/jupyter/explore.py); without one the view shows what it was given.

import { Bar } from "./bar";
import { edgeCard, nodeCard, scopeCard, says } from "./card";
import type { Deeds } from "./card";
import { Canvas } from "./canvas";
import type { Chosen } from "./canvas";
import { counted, element } from "./dom";
import { drawing as read } from "./drawing";
import type { Drawing, NodeInfo } from "./drawing";
import type { Link } from "./link";
import { NodeList } from "./list";
import { record, text, texts, count } from "./loose";
import type { Loose } from "./loose";
import { legend, notice } from "./notices";
import { pngFile, svgFile, textFile } from "./saving";
import { sanitise } from "../sanitise";

const HELP: [string, string][] = [
  ["arrow keys", "go to the next node that way (with shift: move the drawing)"], ["Enter", "open or close a scope"], ["+ −", "zoom"], ["f", "fit"],
  ["/", "search"], ["t", "trace the inputs of a node"], ["o", "set a node aside, or put it back"], ["c", "jump to the cell that made a node"],
  ["Escape", "let go of what is chosen"], ["?", "this list"],
];

export class GraphView {
  readonly element = element("div", { class: "tfnb-view tfnb-graph", "data-lm-suppress-shortcuts": "true" });
  drawing: Drawing;
  private readonly canvas = new Canvas();
  private readonly bar: Bar;
  private readonly card = element("div", { class: "tfnb-card", role: "status" });
  private readonly foot = element("div", { class: "tfnb-legend" });
  private readonly says = element("div", { class: "tfnb-notices" });
  private readonly found = element("div", { class: "tfnb-found" });
  private readonly below = element("div", { class: "tfnb-below" });
  private readonly tip = element("div", { class: "tfnb-tip", role: "presentation" });
  private readonly list: NodeList;
  touched = false; // whether the reader has opened, closed, turned or coloured something
  private link: Link | null = null;
  private chosen: Chosen | null = null;
  private problem = "";
  private fetch = "";
  private wanted = 0;

  constructor(data: unknown, fallback = "", link: Link | null = null) {
    this.drawing = read(data);
    this.link = link;
    this.bar = new Bar({
      find: (pattern) => void this.search(pattern), colour: (name) => void this.draw({ colour: name }), turn: () => this.turn(), fit: () => this.canvas.fit(),
      nearer: this.canvas.nearer, farther: this.canvas.farther, save: (kind) => void this.save(kind), roofline: () => void this.roofline(),
    });
    this.list = new NodeList((id) => this.choose({ kind: "node", id }, true), (id) => this.toggle(id));
    const svg = sanitise(this.drawing.svg);
    if (svg === null) {
      this.element.append(element("pre", {}, fallback || this.drawing.title || "This output holds no graph."));
      return;
    }
    const middle = element("div", { class: "tfnb-middle" }, this.canvas.element, this.card);
    this.element.append(this.bar.element, this.found, this.says, middle, this.foot, this.below, this.list.element, this.tip);
    this.canvas.onChoose = (chosen) => this.choose(chosen);
    this.canvas.onOpen = (chosen) => chosen.kind !== "edge" && this.toggle(this.full(chosen.id));
    this.canvas.onHover = (edge, event) => this.hover(edge, event);
    this.canvas.element.addEventListener("keydown", (event) => this.key(event));
    this.canvas.show(svg);
    this.follow();
  }

  // -- the kernel -----------------------------------------------------------------------------------------------------------
  /** Takes a way to the kernel, or loses it. */
  connect(link: Link | null): void {
    if ((link === null) === (this.link === null)) {
      this.link = link;
      return;
    }
    this.link = link;
    if (this.canvas.svg !== null) this.follow();
  }

  /** Shows another drawing of the same graph. What was chosen stays so, and where it was; `from` is the box it grows out of. */
  replace(data: unknown, from: string | null = null): void {
    const next = read(data);
    const svg = sanitise(next.svg);
    if (svg === null) return;
    this.drawing = next;
    this.canvas.show(svg, from ?? (this.canvas.fitted ? null : (this.chosen?.id ?? null)));
    this.follow();
  }

  private async ask(request: Loose): Promise<Loose | null> {
    if (this.link === null) return null;
    this.element.setAttribute("aria-busy", "true");
    try {
      const answer = await this.link.ask({ of: this.drawing.of, ...request });
      this.problem = text(answer.problem);
      return this.problem ? null : answer;
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
      return null;
    } finally {
      this.element.removeAttribute("aria-busy");
      this.tell();
    }
  }

  /** Asks for a drawing with these changes of how it is looked at; an answer that a later question overtook is dropped. */
  private async draw(changes: Loose, from: string | null = null): Promise<void> {
    const number = ++this.wanted;
    this.touched = true;
    const answer = await this.ask({ do: "draw", view: { ...this.drawing.view, ...changes } });
    if (answer === null || number !== this.wanted) return;
    this.replace(answer, from);
    this.link?.keep?.(answer);
  }

  private toggle(id: string): void {
    if (this.link === null) return;
    const opened = texts(this.drawing.view.opened);
    const open = opened.includes(id);
    if (!open && !this.drawing.nodes[id]?.closed) return;
    this.chosen = { kind: open ? "node" : "scope", id };
    void this.draw({ opened: open ? opened.filter((o) => o !== id) : [...opened, id] }, id);
  }

  private turn(): void {
    void this.draw({ direction: this.drawing.direction === "BT" ? "LR" : this.drawing.direction === "LR" ? "TB" : "BT" });
  }

  private aside(id: string, away: boolean): void {
    const without = (name: string) => texts(this.drawing.view[name]).filter((x) => x !== id);
    void this.draw(away ? { out: [...without("out"), id], back: without("back") } : { out: without("out"), back: [...without("back"), id] }, id);
  }

  // -- choosing ---------------------------------------------------------------------------------------------------------------
  /** Lights a node, scope or arrow up and says what it is; with `bring`, brings it into view. Null lets go. */
  choose(wanted: Chosen | null, bring = false): void {
    this.chosen = wanted === null ? null : { kind: wanted.kind, id: wanted.kind === "edge" ? wanted.id : this.full(wanted.id) };
    this.canvas.mark("tfnb-path", []);
    this.light();
    if (bring && this.chosen !== null && this.chosen.kind !== "edge") this.canvas.bring(this.chosen.id);
  }

  /** Chooses a node by its name, or by a tensor's; opens what it is in where there is a kernel, else lights the box around it. */
  async point(name: string): Promise<void> {
    const node = name.replace(/:\d+$/, "");
    const box = this.boxOf(node);
    if (box === null || box !== node && this.link !== null && !(node + "/" === box)) await this.draw({ reveal: node });
    this.choose({ kind: "node", id: this.boxOf(node) ?? node }, true);
  }

  /** Lights the nodes that a line of a cell made, or all of the cell's (line null); nothing where it made none. */
  lightLine(cell: string, line: number | null): void {
    const from = Object.entries(this.drawing.nodes).filter(([, n]) => n.cell !== null && this.drawing.cells[String(n.cell)] === cell);
    const exact = from.filter(([, n]) => n.line === line);
    this.canvas.mark("tfnb-lit", (exact.length ? exact : []).map(([id]) => id));
  }

  private full(id: string): string {
    const { nodes, scopes } = this.drawing;
    return Object.hasOwn(nodes, id) ? id : Object.hasOwn(nodes, id + "/") || Object.hasOwn(scopes, id + "/") ? id + "/" : id;
  }

  private boxOf(name: string): string | null {
    const full = this.full(name);
    if (Object.hasOwn(this.drawing.nodes, full) || Object.hasOwn(this.drawing.scopes, full)) return full;
    const parts = name.split("/");
    return parts.map((_, i) => parts.slice(0, i).join("/") + "/").find((scope) => Object.hasOwn(this.drawing.nodes, scope)) ?? null;
  }

  private light(): void {
    const { chosen, drawing } = this;
    const isEdge = chosen?.kind === "edge";
    this.canvas.mark("tfnb-chosen", chosen === null || isEdge ? [] : [chosen.id], isEdge ? [Number(chosen.id)] : []);
    this.list.choose(chosen === null || isEdge ? null : chosen.id);
    if (chosen === null) this.hint();
    else if (isEdge && drawing.edges[Number(chosen.id)]) this.card.replaceChildren(...edgeCard(drawing.edges[Number(chosen.id)], this.deeds()));
    else if (Object.hasOwn(drawing.nodes, chosen.id)) this.card.replaceChildren(...nodeCard(chosen.id, drawing.nodes[chosen.id], drawing, this.fetchOf(), this.deeds()));
    else if (Object.hasOwn(drawing.scopes, chosen.id)) this.card.replaceChildren(...scopeCard(chosen.id, drawing, this.deeds()));
    else this.hint();
  }

  /** What the empty card says: it keeps its place, so that the drawing does not move when something is chosen. */
  private hint(): void {
    const words = Object.keys(this.drawing.nodes).length === 0 ? "No node yet. Try a = tf.constant(1) in a cell." : this.link === null ? "Click a node or an arrow: what it is stands here. Keys: ?" :
      "Click a node or an arrow: what it is stands here. Double-click opens and closes a scope. Keys: ?";
    this.card.replaceChildren(element("p", { class: "tfnb-dim" }, words));
  }

  private fetchOf(): string {
    return this.fetch || texts(this.drawing.view.fetches)[0] || "";
  }

  private deeds(): Deeds {
    const live = this.link !== null && this.drawing.of !== "";
    return {
      choose: (id) => void this.point(id), trace: (id) => this.trace(id),
      toggle: live ? (id) => this.toggle(id) : undefined, aside: live ? (id) => this.aside(id, true) : undefined,
      back: live ? (id) => this.aside(id, false) : undefined, why: live ? (id, fetch, feed) => void this.why(id, fetch, feed) : undefined,
      jump: this.link?.jump ? (cell, line) => this.link!.jump!(this.drawing.cells[String(cell)] ?? "", cell, line) : undefined,
    };
  }

  /** Lights all that a node's value depends on, among what is drawn. */
  private trace(id: string): void {
    const { edges } = this.drawing;
    const seen = new Set([id]);
    for (const at of seen) for (const e of edges) if (e.target === at) seen.add(e.source);
    const arrows = edges.flatMap((e, i) => (seen.has(e.source) && seen.has(e.target) ? [i] : []));
    this.canvas.mark("tfnb-path", seen, arrows);
    this.hear(`${id.replace(/\/$/, "")} depends on ${counted(seen.size - 1, "box", "boxes")}, lit in the drawing.`);
  }

  private async why(id: string, fetch: string, feed: string): Promise<void> {
    this.fetch = fetch;
    const names = (words: string) => words.split(/[\s,]+/).filter(Boolean);
    const node = this.drawing.nodes[id]?.closed ? id.replace(/\/$/, "") : id;
    const answer = await this.ask({ do: "why", node, fetches: names(fetch), feeds: names(feed) });
    if (answer === null) return;
    const boxes = texts(answer.path).map((name) => this.boxOf(name)).filter((box): box is string => box !== null);
    const arrows = this.drawing.edges.flatMap((e, i) => (boxes.includes(e.source) && boxes.includes(e.target) ? [i] : []));
    this.canvas.mark("tfnb-path", boxes, arrows);
    this.hear(text(answer.text));
  }

  private hear(words: string): void {
    this.card.querySelector(".tfnb-answer")?.remove();
    this.card.append(element("pre", { class: "tfnb-answer" }, words));
  }

  // -- searching ----------------------------------------------------------------------------------------------------------------
  private async search(pattern: string): Promise<void> {
    const number = ++this.wanted;
    if (pattern === "") return this.foundNodes([], 0, "");
    const here = () => {
      const test = new RegExp(pattern, "i");
      return Object.keys(this.drawing.nodes).filter((id) => test.test(id) || test.test(this.drawing.nodes[id].type));
    };
    let names: string[];
    try {
      names = here();
    } catch {
      return this.foundNodes([], 0, "This is no regular expression yet.");
    }
    const answer = this.link === null ? null : await this.ask({ do: "find", pattern });
    if (number !== this.wanted) return;
    if (answer === null) this.foundNodes(names.slice(0, 42), names.length, "");
    else this.foundNodes(texts(answer.names), count(answer.count), "");
  }

  private foundNodes(names: string[], all: number, words: string): void {
    this.canvas.mark("tfnb-match", names.map((n) => this.boxOf(n)).filter((b): b is string => b !== null));
    const items = names.map((name) => {
      const made = element("button", { type: "button", class: "tfnb-node" }, name);
      made.addEventListener("click", () => void this.point(name));
      return element("li", {}, made);
    });
    const total = words || (all > names.length ? `${counted(all, "node")} found, the first ${names.length} are listed` : all ? `${counted(all, "node")} found` : "");
    const none = this.bar.search.value !== "" && all === 0 && !words ? "No node is called so." : total;
    this.found.replaceChildren(...(none ? [element("p", { class: "tfnb-dim", role: "status" }, none)] : []),
      ...(items.length ? [element("ul", { "aria-label": "Found nodes" }, ...items)] : []));
  }

  // -- following the drawing ----------------------------------------------------------------------------------------------------
  private follow(): void {
    const { drawing } = this;
    this.bar.update(drawing, this.link !== null && drawing.of !== "");
    const keys = HELP.map(([key, does]) => `${key}: ${does}`).join("; ");
    this.canvas.element.setAttribute("aria-label", `${drawing.title}. Keys: ${keys}`);
    this.foot.replaceChildren(...legend(drawing));
    this.list.fill(drawing, this.link !== null);
    this.light();
    this.tell();
  }

  private tell(): void {
    const clean = async () => {
      const answer = await this.ask({ do: "clean" });
      if (answer === null) return;
      await this.draw({});
      this.says.append(element("p", { role: "status" }, text(answer.says)));
    };
    this.says.replaceChildren(...notice(this.drawing, this.problem, this.link, () => void clean()));
  }

  private hover(edge: string | null, event: PointerEvent): void {
    const info = edge === null ? undefined : this.drawing.edges[Number(edge)];
    this.tip.classList.toggle("tfnb-shown", info !== undefined);
    if (info === undefined) return;
    const lines = info.control ? [`${info.target} runs after ${info.source}`] : info.tensors.map((t) => `${t.name}  ${says(t)}`);
    this.tip.replaceChildren(...[...lines, ...(info.more ? [`and ${info.more} more`] : [])].map((line) => element("div", {}, line)));
    const box = this.element.getBoundingClientRect();
    this.tip.style.left = `${Math.min(event.clientX - box.x + 14, Math.max(0, box.width - 260))}px`;
    this.tip.style.top = `${event.clientY - box.y + 16}px`;
  }

  private async save(kind: "svg" | "png" | "dot" | "html"): Promise<void> {
    if (kind === "svg") return svgFile(this.drawing.svg, "graph");
    if (kind === "png") return pngFile(this.drawing.svg, "graph");
    const answer = await this.ask({ do: kind, view: this.drawing.view });
    if (answer !== null) textFile(text(answer.text), `graph.${kind}`, kind === "html" ? "text/html" : "text/vnd.graphviz");
  }

  private async roofline(): Promise<void> {
    const answer = await this.ask({ do: "roofline" });
    const svg = answer === null ? null : sanitise(text(answer.svg));
    if (svg === null) return;
    svg.setAttribute("class", "tfnb-roofline");
    const away = element("button", { type: "button", class: "tfnb-button" }, "Put the roofline away");
    away.addEventListener("click", () => this.below.replaceChildren());
    this.below.replaceChildren(svg, away);
  }

  // -- keys ---------------------------------------------------------------------------------------------------------------------
  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const node = this.chosen?.kind === "node" ? this.chosen.id : null;
    const info: NodeInfo | undefined = node === null ? undefined : this.drawing.nodes[node];
    const deeds = this.deeds();
    const actions: Record<string, () => void> = {
      Escape: () => this.choose(null), "/": () => this.bar.search.focus(),
      Enter: () => this.chosen !== null && this.toggle(this.chosen.id), t: () => node !== null && this.trace(node),
      o: () => node !== null && (this.drawing.out.includes(node) ? deeds.back?.(node) : deeds.aside?.(node)),
      c: () => info && info.cell !== null && deeds.jump?.(info.cell, info.line), "?": () => this.help(),
    };
    const from = this.chosen?.kind === "edge" ? null : (this.chosen?.id ?? null);
    if (Object.hasOwn(actions, event.key)) actions[event.key]();
    else if (!this.canvas.key(event, from, (id) => this.choose({ kind: "node", id }, true))) return;
    event.preventDefault();
    event.stopPropagation();
  }

  private help(): void {
    const items = HELP.flatMap(([key, does]) => [element("dt", {}, key), element("dd", {}, does)]);
    this.choose(null);
    this.card.replaceChildren(element("h3", {}, "Keys"), element("dl", {}, ...items));
  }
}

/** What a saved drawing is in a page of its own. */
export function standalone(data: unknown): HTMLElement {
  return new GraphView(data, text(record(data).title)).element;
}
