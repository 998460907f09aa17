// A drawn graph with what may be asked of it, as a notebook keeps it and a kernel answers with it (tfnb/views/drawing.py).

import { count, list, number, record, table, text, texts, words } from "./loose";
import type { Loose } from "./loose";

export interface TensorInfo {
  name: string;
  shape: string;
  dtype: string;
  bytes: number | null;
  box: string;
  users: string[];
}

/** One box: an operation, or a closed group of them. */
export interface NodeInfo {
  kind: string;
  word: string;
  type: string;
  title: string;
  doc: string;
  closed: boolean;
  ops: number;
  times: number;
  parameters: number;
  scope: string;
  says: string;
  marked: boolean;
  faded: boolean;
  device: string;
  where: string;
  cell: number | null;
  line: number | null;
  code: string;
  attrs: Record<string, string>;
  inputs: TensorInfo[];
  outputs: TensorInfo[];
  waits: string[];
}

export interface EdgeInfo {
  source: string;
  target: string;
  control: boolean;
  tensors: TensorInfo[];
  more: number;
}

export interface Tidy {
  leftovers: string[];
  count: number;
  says: string;
  stale: { cell: number; id: string }[];
}

export interface Drawing {
  title: string;
  svg: string;
  direction: string;
  nodes: Record<string, NodeInfo>;
  edges: EdgeInfo[];
  scopes: Record<string, { title: string; scope: string; ops: number; parameters: number }>;
  out: string[];
  colour: { name: string; title: string; legend: [string, string][]; note: string };
  colourings: Record<string, string>;
  kernel: string;
  of: string;
  view: Loose;
  version: number;
  cells: Record<string, string>;
  tidy: Tidy;
}

export function drawing(data: unknown): Drawing {
  const d = record(data);
  const colour = record(d.colour);
  return {
    title: text(d.title), svg: text(d.svg), direction: text(d.direction) || "BT", nodes: table(d.nodes, node), edges: list(d.edges).map(edge),
    scopes: table(d.scopes, (s) => ({ title: text(s.title), scope: text(s.scope), ops: count(s.ops), parameters: count(s.parameters) })), out: texts(d.out),
    colour: { name: text(colour.name) || "kind", title: text(colour.title), legend: legend(colour.legend), note: text(colour.note) },
    colourings: words(d.colourings), kernel: text(d.kernel), of: text(d.of), view: record(d.view), version: count(d.graph_version),
    cells: words(d.cells), tidy: tidy(d.tidy),
  };
}

export function tidy(data: unknown): Tidy {
  const t = record(data);
  return { leftovers: texts(t.leftovers), count: count(t.count), says: text(t.says),
    stale: list(t.stale).map((s) => ({ cell: count(s.cell), id: text(s.id) })) };
}

function legend(x: unknown): [string, string][] {
  return Array.isArray(x) ? x.map((entry) => [text(entry?.[0]), text(entry?.[1])]) : [];
}

function node(n: Loose): NodeInfo {
  return {
    kind: text(n.kind), word: text(n.word) || text(n.kind), type: text(n.type), title: text(n.title), doc: text(n.doc), closed: n.closed === true,
    ops: count(n.ops), times: count(n.times), parameters: count(n.parameters), scope: text(n.scope), says: text(n.says), marked: n.marked === true,
    faded: n.faded === true, device: text(n.device), where: text(n.where), cell: number(n.cell), line: number(n.line), code: text(n.code),
    attrs: words(n.attrs), inputs: list(n.inputs).map(tensor), outputs: list(n.outputs).map(tensor), waits: texts(n.waits),
  };
}

function edge(e: Loose): EdgeInfo {
  return { source: text(e.source), target: text(e.target), control: e.control === true, tensors: list(e.tensors).map(tensor), more: count(e.more) };
}

function tensor(t: Loose): TensorInfo {
  return { name: text(t.name), shape: text(t.shape), dtype: text(t.dtype), bytes: number(t.bytes), box: text(t.box), users: texts(t.users) };
}
