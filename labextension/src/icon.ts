// The panel's sign: two nodes that flow into a third.

import type { VirtualElement } from "@lumino/virtualdom";

const SVG = "http://www.w3.org/2000/svg";
const LINES = "M6 16.5 10.6 9.6M18 16.5 13.4 9.6";
const NODES = [[12, 6], [5, 18], [19, 18]];

function part(tag: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

export const icon: VirtualElement.IRenderer = {
  render(host: HTMLElement): void {
    const svg = part("svg", { viewBox: "0 0 24 24", width: 20, height: 20, class: "tfnb-icon", "aria-hidden": "true" });
    svg.append(part("path", { d: LINES, fill: "none", "stroke-width": 2 }));
    for (const [cx, cy] of NODES) svg.append(part("circle", { cx, cy, r: 3.6 }));
    host.replaceChildren(svg);
  },
  unrender: (host: HTMLElement): void => host.replaceChildren(),
};
