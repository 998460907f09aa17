// The graph view as a widget, for front ends without tfnb's extension (VS Code, Colab), and for pages saved as HTML.

import css from "../../style/graph.css";
import { element } from "../graph/dom";
import { Asking } from "../graph/link";
import { count, record } from "../graph/loose";
import { GraphView, standalone } from "../graph/view";
import { styles } from "./_dom";
import type { Model } from "./_dom";

interface Messages extends Model {
  on(event: string, callback: (message?: unknown) => void): void;
  off(event: string, callback: (message?: unknown) => void): void;
}

function render({ model, el }: { model: Messages; el: HTMLElement }): () => void {
  const asking = new Asking((ask, request) => model.send({ ask, request }));
  const hear = (message?: unknown) => {
    const answer = record(message);
    asking.hear(count(answer.ask), record(answer.content));
  };
  model.on("msg:custom", hear);
  const view = new GraphView(model.get("drawing"), "", { ask: (request) => asking.ask(request) });
  el.append(styles(css), element("div", { class: "tfnb-output" }, view.element));
  return () => {
    model.off("msg:custom", hear);
    asking.close();
  };
}

(globalThis as Record<string, unknown>).tfnbGraph = (data: unknown): HTMLElement =>
  element("div", { class: "tfnb-output" }, styles(css), standalone(data));

export default { render };
