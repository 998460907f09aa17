// A drawing that came with a notebook, rebuilt from what is known to be harmless: no scripts, links, styles or addresses.

const SVG = "http://www.w3.org/2000/svg";
const MOST = 60_000; // elements; more would block the page

const TAGS = new Set(["svg", "g", "path", "polygon", "polyline", "ellipse", "circle", "rect", "line", "text", "tspan", "title"]);
const NUMBERS = /^[-+0-9.eE,\s]*$/;
const PLAIN: Record<string, RegExp> = {
  d: /^[-+0-9.eE,\sMmLlHhVvCcSsQqTtAaZz]*$/,
  transform: /^(?:\s*(?:translate|scale|rotate|matrix)\([-+0-9.eE,\s]*\))*\s*$/,
  class: /^[\w\s-]*$/,
  "text-anchor": /^(?:start|middle|end)$/,
  "font-family": /^[\w\s,.'-]*$/,
  "font-weight": /^(?:normal|bold|[1-9]00)$/,
  "font-style": /^(?:normal|italic)$/,
};
for (const name of ["points", "viewBox", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "dx", "dy", "font-size",
                    "stroke-width", "stroke-dasharray", "stroke-opacity", "fill-opacity", "opacity"]) PLAIN[name] = NUMBERS;
for (const name of ["fill", "stroke"]) PLAIN[name] = /^(?:#[0-9a-fA-F]{3,8}|[a-zA-Z]+|rgba?\([0-9.,%\s]*\))$/;

/** A new <svg> with the drawing of `source`, or null where it is not one. What was an id is in data-id. */
export function sanitise(source: string): SVGSVGElement | null {
  const root = new DOMParser().parseFromString(source, "image/svg+xml").documentElement;
  if (root.localName !== "svg" || root.namespaceURI !== SVG || root.querySelectorAll("*").length > MOST) return null;
  const made = copy(root) as SVGSVGElement;
  made.removeAttribute("class"); // its own colours, which the page may know from a picture in another output, are not the view's
  return made;
}

function copy(from: Element): Element {
  const to = document.createElementNS(SVG, from.localName);
  for (const { name, value } of Array.from(from.attributes)) {
    if (name === "id") to.setAttribute("data-id", value);
    else if (Object.hasOwn(PLAIN, name) && PLAIN[name].test(value)) to.setAttribute(name, value);
  }
  for (const child of Array.from(from.childNodes)) {
    if (child instanceof Text) to.append(child.data);
    else if (child instanceof Element && child.namespaceURI === SVG) append(to, child);
  }
  return to;
}

/** Graphviz wraps nodes that have a tooltip in a link: its children are kept, the link is not. */
function append(to: Element, child: Element): void {
  if (child.localName === "a") {
    const title = child.getAttributeNS("http://www.w3.org/1999/xlink", "title");
    if (title) {
      const made = document.createElementNS(SVG, "title");
      made.textContent = title;
      to.append(made);
    }
    for (const inner of Array.from(child.children)) if (inner.namespaceURI === SVG) append(to, inner);
  } else if (TAGS.has(child.localName)) {
    to.append(copy(child));
  }
}
