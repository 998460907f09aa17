// Wires the side panel and the graphs in outputs to JupyterLab: both follow the notebook in front.

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { Model } from "./model";
import { listen } from "./cells";
import { follow } from "./outputs";
import { Panel } from "./panel";

const OPEN = "tfnb:open";

const plugin: JupyterFrontEndPlugin<void> = {
  id: "tfnb:panel",
  description: "Graphs, sessions, variables and devices of the notebook in front.",
  autoStart: true,
  activate: (app: JupyterFrontEnd) => {
    const model = new Model(app.shell, (command) => app.commands.execute(command));
    listen(model);
    const panel = new Panel(model);
    follow(model);
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
