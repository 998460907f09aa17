// The legend below a drawing, and above it what is wrong or left over.

import { element } from "./dom";
import type { Drawing } from "./drawing";
import type { Link } from "./link";

const KINDS: Record<string, string> = {
  placeholder: "placeholder", constant: "constant", variable: "trainable variable", fixed: "variable, not trained",
  op: "operation", gradient: "∂ backward operation", update: "update of a variable", group: "group of operations",
};

export function legend(drawing: Drawing): Node[] {
  const { colour, nodes } = drawing;
  const swatch = (name: string, words: string) => element("span", {}, element("i", { class: `tfnb-swatch tfnb-${name}`, "aria-hidden": "true" }), words);
  const kinds = new Set(Object.values(nodes).map((node) => node.kind));
  const entries: Node[] = colour.legend.length ? colour.legend.filter(([name]) => /^[\w-]+$/.test(name)).map(([name, words]) => swatch(name, words))
    : colour.name === "kind" ? Object.keys(KINDS).filter((kind) => kinds.has(kind)).map((kind) => swatch(kind, KINDS[kind])) : [];
  const some = Object.values(nodes);
  if (some.some((n) => n.marked)) entries.push(swatch("marked", "made by this cell"));
  if (some.some((n) => n.faded)) entries.push(swatch("faded", "not needed for the fetch"));
  return [...(colour.title ? [element("b", {}, colour.title)] : []), ...entries, ...(colour.note ? [element("span", { class: "tfnb-dim" }, colour.note)] : [])];
}

/** Marks words between ` signs as code, without reading them as markup. */
export function spoken(words: string): Node[] {
  return words.split("`").map((part, i) => (i % 2 ? element("code", {}, part) : document.createTextNode(part)));
}

export function notice(drawing: Drawing, problem: string, link: Link | null, clean: () => void): Node[] {
  const made: Node[] = [];
  if (problem) made.push(element("p", { class: "tfnb-problem", role: "alert" }, problem));
  if (drawing.tidy.says) made.push(leftovers(drawing.tidy.says, link === null ? null : clean));
  if (drawing.tidy.stale.length) made.push(stale(drawing.tidy.stale, link));
  return made;
}

export function leftovers(says: string, clean: (() => void) | null): HTMLElement {
  const button = element("button", { type: "button", class: "tfnb-button", "data-deed": "clean" }, "Clean up");
  button.addEventListener("click", () => clean?.());
  return element("p", { class: "tfnb-leftover" }, ...spoken(says), ...(clean === null ? [] : [" ", button]));
}

export function stale(cells: { cell: number; id: string }[], link: Link | null): HTMLElement {
  const names = cells.map((c) => c.cell).join(", ");
  const words = cells.length === 1 ? `Cell ${names} is stale: its nodes went with others.` : `Cells ${names} are stale: their nodes went with others.`;
  const button = element("button", { type: "button", class: "tfnb-button", "data-deed": "rerun" }, cells.length === 1 ? "Run it again" : "Run them again, in order");
  button.addEventListener("click", () => link?.rerun?.(cells.map((c) => c.id)));
  return element("p", { class: "tfnb-stale-note" }, words, ...(link?.rerun ? [" ", button] : []));
}
