// The row above a drawing: search, colouring, direction, zoom and saving.

import { button, element } from "./dom";
import type { Drawing } from "./drawing";

export interface Orders {
  find(pattern: string): void;
  colour(name: string): void;
  turn(): void;
  fit(): void;
  nearer(): void;
  farther(): void;
  save(kind: "svg" | "png" | "dot" | "html"): void;
  roofline(): void;
}

export class Bar {
  readonly element: HTMLElement;
  readonly search = element("input", { type: "search", class: "tfnb-search", placeholder: "search /", "aria-label": "Search nodes by a regular expression" });
  private readonly title = element("span", { class: "tfnb-title" });
  private readonly colours = element("select", { "aria-label": "Colour by" });
  private readonly menu: HTMLDetailsElement;
  private readonly turn: HTMLButtonElement;

  constructor(private readonly orders: Orders) {
    this.search.addEventListener("input", () => orders.find(this.search.value));
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        this.search.value = "";
        orders.find("");
      }
    });
    this.colours.addEventListener("change", () => orders.colour(this.colours.value));
    this.turn = button("Turn: from bottom to top, or from left to right", "⟳", () => orders.turn());
    this.menu = this.savings();
    this.element = element("div", { class: "tfnb-bar", role: "toolbar", "aria-label": "Look around in the graph" }, this.title, this.search,
      this.colours, this.turn, button("Zoom out (-)", "−", () => orders.farther()), button("Zoom in (+)", "+", () => orders.nearer()),
      button("Fit (f)", "Fit", () => orders.fit()), this.menu);
  }

  /** Follows a drawing. Without a kernel there is no other colouring and no other direction. */
  update(drawing: Drawing, live: boolean): void {
    this.title.textContent = drawing.title;
    this.title.title = drawing.title;
    const { name, title } = drawing.colour;
    const known = live ? { ...drawing.colourings } : {};
    if (!(name in known)) known[name] = drawing.colourings[name] || (name === "diff" ? "what changed" : title || name);
    this.colours.replaceChildren(...Object.entries(known).map(([value, words]) => element("option", { value, selected: value === name }, `colour: ${words}`)));
    this.colours.value = name;
    this.colours.disabled = !live;
    this.turn.disabled = !live;
    for (const item of this.menu.querySelectorAll<HTMLButtonElement>("[data-live]")) item.disabled = !live;
  }

  private savings(): HTMLDetailsElement {
    const item = (kind: "svg" | "png" | "dot" | "html", words: string, live: boolean) => {
      const made = element("button", { type: "button", class: "tfnb-button", "data-save": kind, "data-live": live }, words);
      made.addEventListener("click", () => {
        this.menu.open = false;
        this.orders.save(kind);
      });
      return made;
    };
    const roof = element("button", { type: "button", class: "tfnb-button", "data-live": true, "data-deed": "roofline" }, "Roofline of the device");
    roof.addEventListener("click", () => {
      this.menu.open = false;
      this.orders.roofline();
    });
    return element("details", { class: "tfnb-menu" }, element("summary", { class: "tfnb-button" }, "Save …"),
      element("div", {}, item("svg", "SVG", false), item("png", "PNG", false), item("dot", "DOT", true), item("html", "HTML page", true), roof));
  }
}
