// Draws graphs that notebooks hold (application/vnd.tfnb.graph+json), also without a kernel.

import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Widget } from "@lumino/widgets";
import { picture } from "./protocol";
import { GraphView } from "./view";

const TYPE = "application/vnd.tfnb.graph+json";

class Output extends Widget implements IRenderMime.IRenderer {
  constructor() {
    super();
    this.addClass("tfnb-output");
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const given = picture(model.data[TYPE]);
    const text = model.data["text/plain"];
    this.node.replaceChildren(new GraphView({ ...given, text: typeof text === "string" ? text : "" }).element);
  }
}

const extension: IRenderMime.IExtension = {
  id: "tfnb:graph",
  description: "Draws the graphs of tfnb.",
  rendererFactory: { safe: true, mimeTypes: [TYPE], createRenderer: () => new Output() },
  rank: 0, // before image/svg+xml, which is sent for those who lack this
  dataType: "json",
};

export default extension;
