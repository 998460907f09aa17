// Wires the side panel to JupyterLab: it follows the notebook in front.

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { Model } from "./model";
import { listen } from "./cells";
import { Panel } from "./panel";

const OPEN = "tfnb:open";

const plugin: JupyterFrontEndPlugin<void> = {
  id: "tfnb:panel",
  description: "Graphs, sessions, variables and devices of the notebook in front.",
  autoStart: true,
  activate: (app: JupyterFrontEnd) => {
    listen(app);
    const panel = new Panel(new Model(app.shell));
    app.shell.add(panel, "right", { rank: 900 });
    app.commands.addCommand(OPEN, {
      label: "Show the tfnb Panel",
      caption: plugin.description,
      describedBy: { args: { type: "object", properties: {} } },
      execute: () => app.shell.activateById(panel.id),
    });
  },
};

export default plugin;
