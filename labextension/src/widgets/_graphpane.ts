// The graph beside the code, on the graph view's canvas: what is done, current, edited, to come and not needed.
//   drag, ctrl+wheel and + - f look around; arrow keys go from node to node, Enter runs to the chosen one, b sets a breakpoint

import { Canvas } from "../graph/canvas";
import { NodeList } from "../graph/list";
import type { Listed } from "../graph/list";
import { sanitise } from "../sanitise";
import { element, keepFocus, press } from "./_dom";
import type { Program, State } from "./_run";
import { isDone } from "./_run";

const HINT = "Click a node, or press g and go from node to node: how it stands is said here.";
const READABLE = 0.85; // pixels for each point of the drawing; a graph that needs fewer to fit is shown in part

export interface GraphActions {
  choose(box: string): void;
  runTo(box: string): void;
}

type Standing = "done" | "begun" | "current" | "coming" | "idle" | "";
const WORDS: Record<Standing, string> = { done: "done", begun: "done in part", current: "next", coming: "to come", idle: "not needed", "": "there from the start" };

export class GraphPane {
  readonly root = element("div", { class: "tfs-graphpane" });
  private readonly canvas = new Canvas();
  private readonly note = element("p", { class: "tfs-atnode", role: "status" });
  private readonly list = new NodeList((box) => this.go(box), () => {});
  private readonly of = new Map<string, number[]>(); // a box's instructions
  private standing = new Map<string, Standing>();
  private edited = new Set<string>();
  private broken = new Set<string>();
  private was = ""; // the box that is next, or was the last
  private at = ""; // the box that the reader has gone to or chosen

  constructor(source: string, private readonly program: Program, private readonly actions: GraphActions) {
    program.instructions.forEach((instruction, i) => this.of.set(instruction.box, [...(this.of.get(instruction.box) ?? []), i]));
    const svg = source ? sanitise(source) : null;
    if (svg === null) return; // no Graphviz: the code beside it shows the run
    this.canvas.show(svg);
    this.canvas.element.setAttribute("aria-label", "The graph of the run. Keys: arrow keys: go from node to node, with shift: move the drawing; "
      + "Enter: run to the node; b: breakpoint; + −: zoom; f: fit; Escape: back to the steps. The list below it says the same in words.");
    this.canvas.element.addEventListener("keydown", (event) => this.key(event));
    this.canvas.onChoose = (chosen) => chosen?.kind === "node" && this.go(chosen.id);
    this.canvas.onOpen = (chosen) => chosen.kind === "node" && actions.runTo(chosen.id);
    for (const box of this.canvas.nodes) this.explain(box);
    const tools = element("div", { class: "tfs-zoom" }, press("−", "Smaller (-)", this.canvas.farther), press("+", "Larger (+)", this.canvas.nearer),
      press("fit", "Fit (f)", () => this.fit()));
    const view = element("div", { class: "tfnb-graph tfs-graph" }, this.canvas.element, tools, this.list.element);
    this.root.append(view, this.note, this.legend());
    new ResizeObserver((_, observer) => { // only once there is room it is known how large names are
      if (!this.canvas.element.clientWidth) return;
      observer.disconnect();
      this.canvas.readable(READABLE, this.was);
    }).observe(this.canvas.element);
  }

  /** Why a node is not needed stands in its tooltip. */
  private explain(box: string): void {
    const why = this.program.idle[box];
    const node = this.canvas.node(box);
    if (!why || node === null) return;
    const title = node.querySelector("title") ?? node.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "title"));
    title.textContent = `${box}: not needed. ${why}`;
  }

  private legend(): HTMLElement {
    const item = (kind: string, words: string) => element("span", {}, element("i", { class: `tfs-swatch tfs-is-${kind}` }), words);
    return element("div", { class: "tfs-states", "aria-hidden": "true" }, item("done", "done"), item("current", "current"), item("coming", "to come"),
      item("idle", "not needed"), item("edited", "edited"));
  }

  // -- following the run ------------------------------------------------------------------------------------------------
  /** `chosen` is the box that is looked at. The view moves only where the current node would be out of sight. */
  follow(state: State, chosen: string, breaks: Set<number>): void {
    const current = state.next >= 0 ? this.program.instructions[state.next].box : "";
    const nodes = this.canvas.nodes;
    this.standing = new Map(nodes.map((box) => [box, this.stand(state, box, current)]));
    this.edited = new Set(state.edited.map((tensor) => this.boxOf(tensor)));
    this.broken = new Set(nodes.filter((box) => this.of.get(box)?.some((i) => breaks.has(i))));
    for (const name of ["done", "begun", "current", "coming", "idle"]) this.canvas.mark(`tfs-${name}`, nodes.filter((box) => this.standing.get(box) === name));
    this.canvas.mark("tfs-edited", this.edited);
    this.canvas.mark("tfs-broken", this.broken);
    const seen = current || (state.last >= 0 ? this.program.instructions[state.last].box : "");
    if (seen !== this.was) this.canvas.bring(seen);
    this.was = seen;
    // while the reader goes from node to node, a state that arrives may be the answer to a key before the last
    if (!this.held) this.choose(state.picked ? chosen : "");
    if (!this.at) this.canvas.mark("tfs-chosen", [chosen]);
    this.tell();
  }

  private stand(state: State, box: string, current: string): Standing {
    const inside = this.of.get(box);
    if (box in this.program.idle) return "idle";
    if (box === current) return "current";
    if (inside === undefined) return "";
    return inside.every((i) => isDone(state, i)) ? "done" : inside.some((i) => isDone(state, i)) ? "begun" : "coming";
  }

  /** The box of a tensor. */
  private boxOf(tensor: string): string {
    return this.program.instructions.find((i) => i.outputs.includes(tensor))?.box ?? tensor.replace(/:\d+$/, "");
  }

  private choose(box: string): void {
    this.at = box;
    this.canvas.mark("tfs-chosen", [box]);
  }

  /** Says in words what is chosen, and in the list how each node stands. */
  private tell(): void {
    const { at } = this;
    const words = this.standing.has(at) ? `${at}: ${this.says(at)}.` : HINT;
    if (this.note.textContent !== words) this.note.textContent = words;
    const nodes = Object.fromEntries([...this.standing.keys()].map((box) => [box, this.listed(box)]));
    keepFocus(this.list.element, "data-node", () => this.list.fill({ nodes, scopes: {} }, false));
    this.list.choose(at);
  }

  private says(box: string): string {
    const stands = this.standing.get(box) ?? "";
    const more = [this.broken.has(box) ? "breakpoint" : "", this.edited.has(box) ? "edited" : ""].filter(Boolean);
    const why = stands === "idle" ? ` (${this.program.idle[box].replace(/\.$/, "")})` : "";
    return [WORDS[stands] + why, ...more].join(", ");
  }

  private listed(box: string): Listed {
    const inside = this.of.get(box)?.map((i) => this.program.instructions[i]) ?? [];
    const type = inside.length === 1 ? inside[0].type : inside.length ? `${inside.length} instructions` : (this.program.sources[`${box}:0`] ?? "");
    return { closed: false, ops: inside.length, type, word: this.says(box), says: "", marked: false, faded: false, scope: "/" };
  }

  /** Points nodes out: what a finding is about. */
  mark(nodes: string[]): void {
    this.canvas.mark("tfs-marked", nodes.map((name) => this.program.instructions.find((i) => i.name === name)?.box ?? name));
  }

  // -- what the reader does ---------------------------------------------------------------------------------------------
  /** Brings a node chosen elsewhere into view. */
  show(box: string): void {
    this.canvas.bring(box);
  }

  /** The box that the reader has gone to, while the drawing has the focus; else nothing. */
  get held(): string {
    return document.activeElement === this.canvas.element ? this.at : "";
  }

  fit(): void {
    this.canvas.fit();
  }

  focus(): void {
    this.canvas.element.focus();
  }

  private go(box: string): void {
    this.choose(box);
    this.tell();
    this.canvas.bring(box);
    this.actions.choose(box);
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const from = this.at || this.was;
    if (event.key === "Enter") {
      if (from) this.actions.runTo(from);
    } else if (!this.canvas.key(event, from || null, (box) => this.go(box))) return;
    event.preventDefault();
    event.stopPropagation();
  }
}
