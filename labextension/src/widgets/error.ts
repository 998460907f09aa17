// The card under an error: cause, the part of the graph, the cell and line, and the mend as code to insert.

import style from "./_stepper.css";
import { sanitise } from "../sanitise";
import { coloured } from "./_code";
import { element, hidePicture, press, styles } from "./_dom";
import type { Model } from "./_dom";
import { inLab, insertCell, insertLabel, jumpToCell } from "./_insert";

interface Told { cause: string; mend: string; code: string; node: string; where: string; line: string; cell: number | null; id: string; row: number; step: string }

function render({ model, el }: { model: Model; el: HTMLElement }): void {
  const told = model.get("told") as Told;
  const root = element("div", { class: "tfnb-view tfnb-inspect tfs-card", role: "group", "aria-label": "About this error", "data-lm-suppress-shortcuts": "true" }, styles(style));
  const says = element("p", { class: "tfs-quiet", role: "status" });
  if (told.cause) root.append(element("p", { class: "tfs-cause" }, told.cause));
  const drawing = model.get("picture") ? sanitise(model.get("picture")) : null;
  if (drawing) {
    const width = Number(drawing.getAttribute("viewBox")?.split(/[\s,]+/)[2]) || 300;
    drawing.style.width = `min(100%, ${Math.round((width * 4) / 3)}px)`;
    drawing.setAttribute("role", "img");
    drawing.setAttribute("aria-label", told.node ? `The node ${told.node} and what goes into it` : "The node that could not be made");
    root.append(element("div", { class: "tfs-part" }, drawing));
  }
  if (told.where) {
    const place: (Node | string)[] = [told.node ? `Node ${told.node} was made in ` : "Made in "];
    if (told.cell !== null && inLab()) place.push(press(told.where, `Go to ${told.where}`, () => { if (!jumpToCell(root, told.id, told.cell!, told.row)) says.textContent = "This page cannot go there by itself."; }));
    else place.push(told.where);
    root.append(element("p", {}, ...place, ...(told.line ? [" ", element("code", {}, told.line)] : [])));
  }
  if (told.mend) root.append(element("p", {}, element("b", {}, "How to mend it: "), told.mend));
  if (told.code) {
    const insert = press(insertLabel(), "Put this code into a new cell below", () => {
      says.textContent = insertCell(root, told.code) ? "Inserted below: look at it before you run it." : "Copied: paste it into a cell.";
    });
    insert.dataset.do = "insert";
    root.append(element("pre", { tabindex: "0" }, ...coloured(told.code)), insert);
  }
  if (told.step) {
    const step = press("step through this run", `Put ${told.step} into a new cell below`, () => {
      says.textContent = insertCell(root, told.step) ? "Inserted below: run it to open the stepper." : `Copied: ${told.step}`;
    });
    step.dataset.do = "step";
    root.append(" ", step);
  }
  root.append(says);
  hidePicture(model, root);
  el.append(root);
}

export default { render };
