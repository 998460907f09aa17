// The graph outputs on the page, each with the kernel that drew it: found by the notebook it is in and the kernel's own word.

import type { Link } from "./graph/link";
import type { GraphView } from "./graph/view";
import type { Model } from "./model";

export interface Output {
  readonly node: HTMLElement;
  readonly view: GraphView | null;
  readonly kernel: string;
  keep(data: Record<string, unknown>): void;
}

const all = new Set<Output>();
let model: Model | null = null;

export function added(output: Output): void {
  all.add(output);
  connect(output);
}

export function removed(output: Output): void {
  all.delete(output);
}

/** Follows the model: outputs learn of kernels that come and go, and light what the cursor is at. */
export function follow(followed: Model): void {
  model = followed;
  followed.changed.connect(() => all.forEach(connect));
  document.addEventListener("selectionchange", () => requestAnimationFrame(lightCursor));
  document.addEventListener("keyup", () => requestAnimationFrame(lightCursor));
}

function connect(output: Output): void {
  const link: Link | null = model?.around(output.node)?.link(output.kernel) ?? null;
  output.view?.connect(link === null ? null : { ...link, keep: (data) => output.keep(data) });
}

let last = "";

function lightCursor(): void {
  const at = model?.current?.book.cursor() ?? null;
  const now = at === null ? "" : `${at.cell} ${at.line}`;
  if (now === last) return;
  last = now;
  for (const output of all) output.view?.lightLine(at?.cell ?? "", at?.line ?? null);
}
