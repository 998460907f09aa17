// What the kernel and the side panel say to each other; the other half is tfnb/jupyter/protocol.py.
// Everything that arrives is checked: a newer or older kernel must not break the page.

export const TARGET = "tfnb";
export const VERSION = 1;

export interface GraphInfo {
  id: string;
  name: string;
  current: boolean;
  version: number;
  nodes: number;
  variables: number;
  parameters: number;
}

export interface VariableInfo {
  name: string;
  dtype: string;
  shape: number[];
  bytes: number;
  initialized: boolean;
  trainable: boolean;
}

export interface SessionInfo {
  id: string;
  name: string;
  graph: string;
  device: string;
  current: boolean;
  bytes: number;
  variables: VariableInfo[];
  more: number;
}

export interface DeviceInfo {
  name: string;
  description: string;
  available: boolean;
  missing: string;
}

export interface State {
  type: "state";
  graphs: GraphInfo[];
  sessions: SessionInfo[];
}

export interface Picture {
  type: "picture";
  graph: string;
  version: number;
  title: string;
  svg: string;
  text: string;
  nodes: Record<string, NodeInfo>;
}

export interface NodeInfo {
  kind: string;
  type: string;
  where: string;
  doc: string;
}

export type Answer = State | Picture | { type: "devices"; devices: DeviceInfo[] } | { type: "problem"; problem: string };
export type Request = { do: "state" } | { do: "devices" } | { do: "picture"; graph: string };

type Loose = Record<string, unknown>;
const record = (x: unknown): Loose => (typeof x === "object" && x !== null && !Array.isArray(x) ? (x as Loose) : {});
const list = (x: unknown): Loose[] => (Array.isArray(x) ? x.map(record) : []);
const text = (x: unknown): string => (typeof x === "string" ? x : "");
const count = (x: unknown): number => (typeof x === "number" && Number.isFinite(x) ? x : 0);

/** A message of the kernel's, or null where it is not one that this version understands. */
export function parse(data: unknown): Answer | null {
  const message = record(data);
  if (message.version !== VERSION) return null;
  switch (message.type) {
    case "state":
      return { type: "state", graphs: list(message.graphs).map(graph), sessions: list(message.sessions).map(session) };
    case "picture":
      return { type: "picture", graph: text(message.graph), version: count(message.graph_version), ...picture(message) };
    case "devices":
      return { type: "devices", devices: list(message.devices).map(device) };
    case "problem":
      return { type: "problem", problem: text(message.problem) };
    default:
      return null;
  }
}

/** The drawing in a picture message, or in a graph that a notebook holds (application/vnd.tfnb.graph+json). */
export function picture(data: unknown): { title: string; svg: string; text: string; nodes: Record<string, NodeInfo> } {
  const given = record(data);
  const nodes: Record<string, NodeInfo> = Object.create(null);
  for (const [name, node] of Object.entries(record(given.nodes))) {
    const n = record(node);
    nodes[name] = { kind: text(n.kind), type: text(n.type), where: text(n.where), doc: text(n.doc) };
  }
  return { title: text(given.title), svg: text(given.svg), text: text(given.text), nodes };
}

function graph(g: Loose): GraphInfo {
  return {
    id: text(g.id), name: text(g.name), current: g.current === true, version: count(g.version),
    nodes: count(g.nodes), variables: count(g.variables), parameters: count(g.parameters),
  };
}

function session(s: Loose): SessionInfo {
  return {
    id: text(s.id), name: text(s.name), graph: text(s.graph), device: text(s.device), current: s.current === true,
    bytes: count(s.bytes), variables: list(s.variables).map(variable), more: count(s.more),
  };
}

function variable(v: Loose): VariableInfo {
  const shape = Array.isArray(v.shape) ? v.shape.map(count) : [];
  return {
    name: text(v.name), dtype: text(v.dtype), shape, bytes: count(v.bytes),
    initialized: v.initialized === true, trainable: v.trainable === true,
  };
}

function device(d: Loose): DeviceInfo {
  return { name: text(d.name), description: text(d.description), available: d.available === true, missing: text(d.missing) };
}
