// Draws graphs that notebooks hold (application/vnd.tfnb.graph+json). With the kernel that drew one, it can be opened and asked.

import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Widget } from "@lumino/widgets";
import { record, text } from "./graph/loose";
import type { Loose } from "./graph/loose";
import { GraphView } from "./graph/view";
import { added, removed } from "./outputs";

const TYPE = "application/vnd.tfnb.graph+json";

class Output extends Widget implements IRenderMime.IRenderer {
  view: GraphView | null = null;
  kernel = "";
  private model: IRenderMime.IMimeModel | null = null;
  private kept: string = "";

  constructor() {
    super();
    this.addClass("tfnb-output");
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.model = model;
    const data = record(model.data[TYPE]);
    this.kernel = text(data.kernel);
    if (this.kept === text(data.svg) && this.view !== null) return; // what this view has put there itself
    this.kept = text(data.svg);
    const words = model.data["text/plain"];
    this.view = new GraphView(data, typeof words === "string" ? words : "");
    this.node.replaceChildren(this.view.element);
    if (this.isAttached) added(this);
  }

  /** The saved notebook shows what was seen last. */
  keep(data: Loose): void {
    if (this.model === null) return;
    this.kept = text(data.svg);
    const all = { ...this.model.data, [TYPE]: data, "image/svg+xml": this.kept };
    this.model.setData({ data: all as IRenderMime.IMimeModel["data"] });
  }

  protected override onAfterAttach(): void {
    added(this);
  }

  protected override onBeforeDetach(): void {
    removed(this);
  }
}

const extension: IRenderMime.IExtension = {
  id: "tfnb:graph",
  description: "Draws the graphs of tfnb.",
  // before the widget and image/svg+xml, which are sent for those who lack this
  rendererFactory: { safe: true, mimeTypes: [TYPE], createRenderer: () => new Output() },
  rank: -20,
  dataType: "json",
};

export default extension;
