// Questions to the kernel that are answered with numbers: `await wire.ask({ do: "look", ... })`.
// Answers come as one message with a binary buffer; each goes to the question it belongs to.

import type { Model } from "./_dom";

export interface Answer {
  about: Record<string, any>;
  data: Numbers;
  problem?: string;
}

export type Numbers = Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | BigInt64Array | BigUint64Array;

const ARRAYS: Record<string, new (buffer: ArrayBuffer) => Numbers> = {
  float32: Float32Array, float64: Float64Array, int8: Int8Array, uint8: Uint8Array, bool: Uint8Array, int16: Int16Array, uint16: Uint16Array,
  int32: Int32Array, uint32: Uint32Array, int64: BigInt64Array, uint64: BigUint64Array,
};

export class Wire {
  private readonly waiting = new Map<string, (answer: Answer) => void>();
  private readonly name = Math.random().toString(36).slice(2);
  private asked = 0;
  received = 0; // bytes of numbers so far

  constructor(readonly model: Model) {
    model.on("msg:custom", (content: any, buffers: DataView[]) => this.hear(content, buffers ?? []));
  }

  ask(message: Record<string, unknown>): Promise<Answer> {
    const ask = `${this.name}-${++this.asked}`;
    return new Promise((resolve) => {
      this.waiting.set(ask, resolve);
      this.model.send({ ...message, ask });
    });
  }

  private hear(content: any, buffers: DataView[]): void {
    const resolve = this.waiting.get(content?.ask);
    if (!resolve) return;
    this.waiting.delete(content.ask);
    const view = buffers[0];
    const bytes = view ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice() : new Uint8Array(0);
    this.received += bytes.byteLength;
    const about = content.about ?? {};
    resolve({ about, data: new (ARRAYS[about.dtype] ?? Float32Array)(bytes.buffer), problem: content.problem });
  }
}
