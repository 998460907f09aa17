// A notebook that is not JupyterLab, in as few lines as will do: it runs cells in a kernel and shows their outputs.
// Widgets are left to the manager that the address names, ?manager=html or ?manager=vscode; both load anywidget by AMD.
//   await host.run("1 + 1")      a cell at the page's end; `host.buffers` counts the binary buffers that came

import { KernelManager, ServerConnection } from "@jupyterlab/services";

const WIDGET = "application/vnd.jupyter.widget-view+json";
// what is shown of an output: the first of these that it has; VS Code has the same order
const KINDS = [WIDGET, "text/html", "image/svg+xml", "image/png", "text/plain"];
const asked = new URLSearchParams(location.search);
const hide = (asked.get("without") ?? "").split(",");

const required = (...names) => new Promise((resolve, reject) => window.requirejs(names, (...found) => resolve(found), reject));

/** Jupyter's own manager for pages, with a kernel behind it: the form of Colab's and of most others. */
async function htmlManager(kernel) {
  const [base, html] = await required("@jupyter-widgets/base", "@jupyter-widgets/html-manager");
  const wrapped = (comm) => new base.shims.services.Comm(comm);
  class Live extends html.HTMLManager {
    async _create_comm(target, id, data, metadata) {
      const comm = kernel.createComm(target, id);
      if (data || metadata) comm.open(data, metadata);
      return wrapped(comm);
    }
    async _get_comm_info() {
      return (await kernel.requestCommInfo({ target_name: this.comm_target_name })).content.comms;
    }
  }
  const manager = new Live({ loader: async (name) => (await required(name))[0] });
  kernel.registerCommTarget(manager.comm_target_name, (comm, message) => manager.handle_comm_open(wrapped(comm), message));
  return async (id, place) => manager.display_view(manager.create_view(await manager.get_model(id)), place);
}

/** The manager that VS Code's Jupyter extension brings, made as the extension makes it. */
async function vscodeManager(kernel) {
  (await import("/static/ipywidgets.js")).activate();
  window.vscIPyWidgets8.load();
  const scripts = { widgetsRegisteredInRequireJs: new Set(["anywidget"]), loadWidgetScript: async () => {}, successHandler() {},
    errorHandler: (name, module, version, error) => { throw new Error(`${module}.${name}: ${error}`); } };
  const manager = new window.vscIPyWidgets.WidgetManager(kernel, document.body, scripts, () => {});
  return async (id, place) => {
    place.classList.add("cell-output-ipywidget-background");
    const view = await manager.create_view(await manager.get_model(id), { el: place });
    return manager.display_view({}, view, { node: place });
  };
}

/** Shows an output, or shows it anew. */
async function show(data, place) {
  const kind = KINDS.find((k) => data[k] !== undefined && !hide.includes(k));
  place.dataset.kind = kind;
  const text = [data[kind]].flat().join("");
  if (kind === WIDGET) return widget(data[kind].model_id, place);
  if (kind === "image/png") place.append(Object.assign(new Image(), { src: "data:image/png;base64," + text }));
  else if (kind === "text/plain") place.append(Object.assign(document.createElement("pre"), { textContent: text }));
  else place.innerHTML = text;
}

const server = ServerConnection.makeSettings({ baseUrl: location.origin + "/", wsUrl: location.origin.replace("http", "ws") + "/" });
const kernel = await new KernelManager({ serverSettings: server }).startNew({ name: "tfnb" });
kernel.commsOverSubshells = "disabled"; // only JupyterLab has them
const widget = await (asked.get("manager") === "vscode" ? vscodeManager : htmlManager)(kernel);
const places = new Map();

window.host = {
  buffers: 0,
  kernel,
  run(code) {
    const cell = document.createElement("section");
    cell.dataset.cell = "";
    document.body.append(cell);
    const future = kernel.requestExecute({ code, stop_on_error: false });
    future.onIOPub = ({ header, content }) => {
      const id = content.transient?.display_id;
      if (header.msg_type === "update_display_data") return places.get(id)?.forEach((place) => { place.replaceChildren(); void show(content.data, place); });
      const data = { stream: { "text/plain": content.text }, error: { "text/plain": content.traceback?.join("\n") } }[header.msg_type] ?? content.data;
      if (!data || !["stream", "error", "display_data", "execute_result"].includes(header.msg_type)) return;
      const place = cell.appendChild(document.createElement("div"));
      if (id) places.set(id, [...(places.get(id) ?? []), place]);
      void show(data, place);
    };
    return future.done.then((reply) => reply.content.status);
  },
};
kernel.anyMessage.connect((_, { direction, msg }) => { if (direction === "recv") window.host.buffers += msg.buffers?.length ?? 0; });
