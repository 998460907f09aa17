// What a stepped run tells its view. The other half is tfnb/jupyter/widgets/stepper.py.

export interface Instruction {
  name: string;
  type: string;
  phase: "forward" | "backward" | "update";
  box: string; // the box of the drawing that shows it
  inputs: string[];
  outputs: string[];
  line: number; // of the code, from 1
  where: string; // cell 3, line 2
  cell: number | null;
  row: number;
  doc: string;
  shape: string; // as far as the graph knows it
}

export interface Program {
  title: string;
  code: { text: string; at: number }[]; // `at` is an instruction or -1
  instructions: Instruction[];
  sources: Record<string, string>; // tensors that are there from the start, and what they are
  idle: Record<string, string>; // boxes that the run does not need, and why
  cells: Record<string, string>; // ids of the cells by their execution counts
}

export interface Looked {
  tensor: string;
  there: boolean;
  why: string; // why it is not there
  kind: string;
  figures: Record<string, any>;
}

export interface Change { variable: string; before: string; after: string; delta: string }

export interface State {
  position: number;
  total: number; // the position of the end; of a run with loops that has not been there, as far as is known
  known: boolean;
  ended: boolean;
  next: number; // instruction, or -1
  last: number;
  line: number;
  done: [number, number][]; // ranges of instructions
  loops: { name: string; iteration: number }[];
  says: string;
  stopped: string; // why it stopped here: a breakpoint's words
  shapes: Record<string, string>; // of instructions near this one, as they came out
  changes: Change[];
  watches: { id: number; expression: string; value: string; error: string }[];
  looked: Looked;
  picked: boolean; // whether the reader chose it
  edits: string[]; // what was done to values, in words
  edited: string[]; // tensors that hold another value than was computed
}

export interface Break { id: number; words: string; at: number; when: string }

export function isDone(state: State, at: number): boolean {
  return state.done.some(([from, to]) => at >= from && at < to);
}
