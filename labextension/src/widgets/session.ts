// A session: its variables as a table, and buttons that initialise, save, restore and close.

import style from "./_style.css";
import { element, hidePicture, Model, onAny, styles } from "./_dom";

interface Row { name: string; shape: string; dtype: string; bytes: number; ready: boolean; trainable: boolean; written: number | null; picture: string; summary: string }

const BUTTONS = [["initialise", "Initialise all"], ["save", "Save"], ["restore", "Restore"], ["refresh", "Refresh"], ["close", "Close"]];

/** A small picture made in the kernel, shown as an image: nothing in it can run. */
function thumbnail(row: Row): Node {
  if (!row.picture) return element("span", {}, row.summary);
  const picture = row.picture.includes("xmlns=") ? row.picture : row.picture.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ');
  const image = element("img", { alt: row.summary, title: row.summary, height: "28" });
  image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(picture);
  return image;
}

function render({ model, el }: { model: Model; el: HTMLElement }): void {
  const root = element("div", { class: "tfnb-view tfnb-session", role: "group", "aria-label": `Session ${model.get("name")}` });
  const head = element("p", { class: "tfnb-says" });
  const path = element("input", { type: "text", "aria-label": "Where to save to and restore from" });
  path.value = model.get("path");
  const bar = element("div", { class: "tfnb-bar", role: "toolbar", "aria-label": "Session" });
  for (const [does, label] of BUTTONS) {
    const button = element("button", { type: "button", "data-do": does }, label);
    button.addEventListener("click", () => model.send({ do: does, path: path.value }));
    if (does === "refresh") bar.append(path);
    bar.append(button);
  }
  const says = element("p", { role: "status" });
  const problem = element("p", { class: "tfnb-problem", role: "alert" });
  const body = element("tbody");
  const names = ["variable", "shape", "dtype", "bytes", "written by run", "values"];
  const table = element("table", {}, element("thead", {}, element("tr", {}, ...names.map((n) => element("th", { scope: "col", ...(n === "bytes" ? { class: "tfnb-number" } : {}) }, n)))), body);
  root.append(styles(style), head, bar, says, problem, element("div", { class: "tfnb-scroll", tabindex: "0", role: "region", "aria-label": "Variables" }, table));
  el.append(root);

  function draw(): void {
    const closed = model.get("closed") as boolean;
    head.textContent = closed ? `${model.get("name")} is closed.` : `${model.get("name")} on ${model.get("device")}, ${model.get("runs")} runs so far`;
    for (const button of bar.querySelectorAll("button")) button.disabled = closed;
    body.replaceChildren(...(model.get("rows") as Row[]).map((row) => element("tr", {},
      element("th", { scope: "row" }, row.name + (row.trainable ? "" : " (not trainable)")),
      element("td", {}, row.ready ? row.shape || "scalar" : "-"), element("td", {}, row.dtype),
      element("td", { class: "tfnb-number" }, row.bytes.toLocaleString()), element("td", {}, row.written === null ? "-" : String(row.written)),
      element("td", {}, thumbnail(row)))));
  }

  function tell(): void {
    says.textContent = model.get("says");
    problem.textContent = model.get("problem");
  }

  onAny(model, ["rows", "device", "runs", "closed"], draw);
  onAny(model, ["says", "problem"], tell);
  model.on("change:path", () => { path.value = model.get("path"); });
  hidePicture(model, root);
  draw();
  tell();
}

export default { render };
