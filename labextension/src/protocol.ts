// What the kernel and the page say to each other; the other half is tfnb/jupyter/protocol.py.

import { tidy } from "./graph/drawing";
import type { Tidy } from "./graph/drawing";
import { count, list, record, text } from "./graph/loose";
import type { Loose } from "./graph/loose";

export const TARGET = "tfnb";
export const VERSION = 2;

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
  kernel: string;
  graphs: GraphInfo[];
  sessions: SessionInfo[];
  tidy: Tidy;
  stepper: string; // the widget's model of the stepper that was shown last
}

export const NOTHING: State = { type: "state", kernel: "", graphs: [], sessions: [], tidy: tidy(null), stepper: "" };

/** `answer` is to a question of the page's, by its number; what it holds depends on the question (tfnb/jupyter/explore.py). */
export type Answer = State | { type: "answer"; ask: number; content: Loose } | { type: "devices"; devices: DeviceInfo[] } | { type: "problem"; problem: string };
export type Request = { do: "state" } | { do: "devices" } | { do: "graph"; ask: number; request: Loose };

/** A message of the kernel's, or null where it is not one that this version understands. */
export function parse(data: unknown): Answer | null {
  const message = record(data);
  if (message.version !== VERSION) return null;
  switch (message.type) {
    case "state":
      return { type: "state", kernel: text(message.kernel), graphs: list(message.graphs).map(graph), sessions: list(message.sessions).map(session),
        tidy: tidy(message.tidy), stepper: text(message.stepper) };
    case "answer":
      return { type: "answer", ask: count(message.ask), content: record(message.content) };
    case "devices":
      return { type: "devices", devices: list(message.devices).map(device) };
    case "problem":
      return { type: "problem", problem: text(message.problem) };
    default:
      return null;
  }
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
