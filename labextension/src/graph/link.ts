// How a view reaches its kernel and its notebook. Without one it shows what it was given.

import type { Loose } from "./loose";

export interface Link {
  /** Sends a request (tfnb/jupyter/explore.py) and gives the answer; rejects where the kernel cannot be reached. */
  ask(request: Loose): Promise<Loose>;
  /** Goes to the cell, by its id or else its execution count, and the line in it. */
  jump?(id: string, cell: number | null, line: number | null): void;
  /** Runs these cells in their order. */
  rerun?(ids: string[]): void;
  /** Keeps what is drawn now, so that the saved notebook shows it. */
  keep?(data: Loose): void;
}

/** Answers that come in any order, each to the one who asked; a kernel that is silent is given up after a while. */
export class Asking {
  private readonly waiting = new Map<number, { done: (answer: Loose) => void; fail: (error: Error) => void; timer: number }>();
  private next = 1;

  constructor(private readonly send: (ask: number, request: Loose) => void, private readonly patience = 30_000) {}

  ask(request: Loose): Promise<Loose> {
    const ask = this.next++;
    return new Promise((done, fail) => {
      const timer = window.setTimeout(() => this.end(ask)?.fail(new Error("The kernel does not answer: it may be busy.")), this.patience);
      this.waiting.set(ask, { done, fail, timer });
      this.send(ask, request);
    });
  }

  hear(ask: number, answer: Loose): void {
    this.end(ask)?.done(answer);
  }

  close(): void {
    for (const ask of [...this.waiting.keys()]) this.end(ask)?.fail(new Error("The kernel is gone."));
  }

  private end(ask: number) {
    const found = this.waiting.get(ask);
    this.waiting.delete(ask);
    window.clearTimeout(found?.timer);
    return found;
  }
}
