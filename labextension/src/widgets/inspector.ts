// A value under the microscope, without a run.

import style from "./_stepper.css";
import { element, hidePicture, styles } from "./_dom";
import type { Model } from "./_dom";
import { Inspector } from "./_inspector";
import { Wire } from "./_wire";

function render({ model, el }: { model: Model; el: HTMLElement }): void {
  const inspector = new Inspector(new Wire(model), { keeps: true });
  const root = element("div", { class: "tfnb-view tfnb-inspect", "data-lm-suppress-shortcuts": "true" }, styles(style), inspector.root);
  hidePicture(model, root);
  el.append(root);
  model.on("change:looked", () => inspector.show(model.get("looked")));
  inspector.show(model.get("looked"));
}

export default { render };
