// What the chosen node, scope or arrow is, in words and with what can be done with it.

import { bytes, counted, element } from "./dom";
import type { Drawing, EdgeInfo, NodeInfo, TensorInfo } from "./drawing";

/** What a card's buttons do; those that need a kernel or a notebook are left out where there is none. */
export interface Deeds {
  choose(id: string): void;
  toggle?(id: string): void;
  aside?(id: string): void;
  back?(id: string): void;
  trace(id: string): void;
  why?(id: string, fetch: string, feed: string): void;
  jump?(cell: number | null, line: number | null): void;
}

function act(label: string, name: string, deed: () => void): HTMLButtonElement {
  const made = element("button", { type: "button", class: "tfnb-button", "data-deed": name }, label);
  made.addEventListener("click", deed);
  return made;
}

function row(label: string, ...value: (Node | string)[]): HTMLElement[] {
  return [element("dt", {}, label), element("dd", {}, ...value)];
}

/** "128×784 float32, 401 kB" */
export function says(t: TensorInfo): string {
  return [t.shape, t.dtype].filter(Boolean).join(" ") + (t.bytes === null ? "" : `, ${bytes(t.bytes)}`);
}

function link(name: string, deeds: Deeds): HTMLElement {
  const made = element("button", { type: "button", class: "tfnb-link" }, name);
  made.addEventListener("click", () => deeds.choose(name));
  return made;
}

function tensors(label: string, all: TensorInfo[], deeds: Deeds): HTMLElement[] {
  if (all.length === 0) return [];
  const item = (t: TensorInfo) => element("li", {}, link(t.name, deeds), ` ${says(t)}`,
    ...(t.users.length ? [element("span", { class: "tfnb-dim" }, " to ", ...t.users.slice(0, 4).flatMap((u, i) => [i ? ", " : "", link(u, deeds)]))] : []));
  return row(label, element("ul", {}, ...all.map(item)));
}

export function nodeCard(id: string, node: NodeInfo, drawing: Drawing, fetch: string, deeds: Deeds): Node[] {
  const what = node.closed ? counted(node.ops, "node") + (node.times > 1 ? ` in ${node.times} equal blocks` : "") : node.type;
  const facts = [
    ...(node.says ? row(drawing.colour.name, node.says) : []),
    ...tensors("inputs", node.inputs, deeds), ...tensors("outputs", node.outputs, deeds),
    ...(node.waits.length ? row("waits for", ...node.waits.flatMap((w, i) => [i ? ", " : "", link(w, deeds)])) : []),
    ...(node.parameters ? row("parameters", node.parameters.toLocaleString("en")) : []),
    ...(node.device ? row("device", node.device) : []),
    ...Object.entries(node.attrs).filter(([, value]) => value !== "").flatMap(([name, value]) => row(name, value)),
    ...made(node, deeds),
  ];
  const buttons = [
    ...(node.closed && deeds.toggle ? [act("Open (Enter)", "open", () => deeds.toggle!(id))] : []),
    act("Trace inputs (t)", "trace", () => deeds.trace(id)),
    ...(drawing.out.includes(id) ? (deeds.back ? [act("Put back (o)", "back", () => deeds.back!(id))] : [])
      : deeds.aside ? [act("Set aside (o)", "aside", () => deeds.aside!(id))] : []),
  ];
  return [
    element("h3", {}, element("span", { class: "tfnb-name" }, id.replace(/\/$/, ""))), element("p", {}, `${what}, ${node.word}`),
    ...(node.doc ? [element("p", { class: "tfnb-doc" }, node.doc)] : []), element("dl", {}, ...facts),
    element("div", { class: "tfnb-deeds" }, ...buttons), ...(deeds.why ? [why(id, fetch, deeds)] : []),
  ];
}

function made(node: NodeInfo, deeds: Deeds): HTMLElement[] {
  if (!node.where) return [];
  const place: Node[] = deeds.jump && node.cell !== null
    ? [act(`${node.where} (c)`, "jump", () => deeds.jump!(node.cell, node.line))] : [element("span", {}, node.where)];
  return row("made in", ...place, ...(node.code ? [element("code", {}, node.code)] : []));
}

function why(id: string, fetch: string, deeds: Deeds): HTMLElement {
  const wanted = element("input", { type: "text", value: fetch, "aria-label": "Fetched: a tensor or operation", placeholder: "fetch, as in loss" });
  const fed = element("input", { type: "text", "aria-label": "Fed: tensors, or nothing", placeholder: "fed, as in x" });
  const form = element("form", { class: "tfnb-why" }, element("span", {}, "Why does a run compute it?"), wanted, fed,
    element("button", { type: "submit", class: "tfnb-button", "data-deed": "why" }, "Why?"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    deeds.why!(id, wanted.value, fed.value);
  });
  return form;
}

export function scopeCard(id: string, drawing: Drawing, deeds: Deeds): Node[] {
  const scope = drawing.scopes[id] ?? { title: id, scope: "", ops: 0, parameters: 0 };
  return [
    element("h3", {}, element("span", { class: "tfnb-name" }, id.replace(/\/$/, ""))),
    element("p", {}, `open scope, ${counted(scope.ops, "node")}${scope.parameters ? `, ${counted(scope.parameters, "parameter")}` : ""}`),
    ...(deeds.toggle ? [element("div", { class: "tfnb-deeds" }, act("Close (Enter)", "close", () => deeds.toggle!(id)))] : []),
  ];
}

export function edgeCard(edge: EdgeInfo, deeds: Deeds): Node[] {
  const what = edge.control ? [element("p", {}, "No value flows: it only runs after the other.")] : [element("dl", {}, ...tensors("tensors", edge.tensors, deeds))];
  return [
    element("h3", {}, element("span", { class: "tfnb-name" }, link(edge.source, deeds), " → ", link(edge.target, deeds))), ...what,
    ...(edge.more ? [element("p", {}, `and ${counted(edge.more, "more tensor")}`)] : []),
  ];
}
