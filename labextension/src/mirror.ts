// The stepper that was shown last, in the panel: a second view of the same widget, which stays in sight while the notebook scrolls.
// It is there only while it can be seen: every view asks the kernel for what it shows.

import { Widget } from "@lumino/widgets";
import { element } from "./graph/dom";
import type { Watched } from "./model";

export class Mirror {
  readonly element: HTMLDetailsElement;
  private readonly host = element("div", { class: "tfnb-mirror" });
  private watched: Watched | null = null;
  private shown = "";
  private view: Widget | null = null;

  constructor() {
    this.element = element("details", { class: "tfnb-section", open: true, hidden: true }, element("summary", {}, "Stepper"), this.host);
    this.element.addEventListener("toggle", () => this.follow(this.watched));
  }

  /** Shows the notebook's last stepper; null puts it away. */
  follow(watched: Watched | null): void {
    this.watched = watched;
    const model = watched?.status === "ready" ? watched.state.stepper : "";
    this.element.hidden = model === "";
    const wanted = model !== "" && this.element.open && this.host.isConnected ? model : "";
    if (wanted === this.shown) return;
    this.view?.dispose();
    this.view = wanted === "" ? null : (watched?.book.viewOf(wanted) ?? null);
    this.shown = wanted;
    if (this.view !== null) Widget.attach(this.view, this.host);
    else if (wanted !== "") this.element.hidden = true;
  }
}
