// The side panel: what the kernel of the notebook in front holds. It shows the model and asks it for more.

import { Widget } from "@lumino/widgets";
import { button, bytes, counted, element } from "./graph/dom";
import { leftovers, stale } from "./graph/notices";
import { GraphView } from "./graph/view";
import { icon } from "./icon";
import { Mirror } from "./mirror";
import type { Model, Watched } from "./model";
import type { DeviceInfo, GraphInfo, SessionInfo, VariableInfo } from "./protocol";

const UNASKED = 2000; // nodes; a larger graph keeps the kernel drawing for long, so it is drawn when it is asked for

export class Panel extends Widget {
  private readonly head = element("header", { class: "tfnb-head" });
  private readonly rest = element("div", {}); // built anew at each message
  private readonly mirror = new Mirror();
  private chosen = new WeakMap<Watched, string | null>(); // the graph that is drawn; at first the default graph
  private closed = new Set(["Devices"]);
  private drawn: { id: string; version: number; view: GraphView | null } | null = null;

  constructor(private readonly model: Model) {
    super();
    this.id = "tfnb-panel";
    this.addClass("tfnb-panel");
    this.title.icon = icon;
    this.title.caption = "tfnb: graphs, sessions and variables";
    this.node.setAttribute("role", "region");
    this.node.setAttribute("aria-label", "tfnb: graphs, sessions and variables of the notebook in front");
    this.node.append(this.head, element("div", { class: "tfnb-body" }, this.mirror.element, this.rest));
    model.changed.connect(() => this.update());
    this.update();
  }

  protected override onAfterShow(): void {
    this.update();
  }

  protected override onAfterHide(): void {
    this.mirror.follow(null);
  }

  /** Builds the panel anew. A hidden panel asks its kernel for nothing. */
  protected override onUpdateRequest(): void {
    if (!this.isVisible) return;
    const watched = this.model.current;
    const active = document.activeElement;
    const kept = active instanceof HTMLElement && this.node.contains(active) ? active.dataset.key : undefined;
    this.head.replaceChildren(element("h2", {}, "tfnb"), element("span", { class: "tfnb-follows" }, watched?.title ?? ""));
    if (watched?.status === "ready") {
      this.head.append(button("Ask the kernel again", "↻", () => watched.send({ do: "state" })));
    }
    this.mirror.follow(watched);
    this.rest.replaceChildren(...(watched === null ? [note("Open a notebook: its graphs and sessions are shown here.")] : this.content(watched)));
    if (kept) this.node.querySelector<HTMLElement>(`[data-key="${CSS.escape(kept)}"]`)?.focus();
  }

  private content(watched: Watched): Node[] {
    switch (watched.status) {
      case "no kernel":
        return [note("This notebook has no kernel running. Choose one at the notebook's upper right.")];
      case "starting":
        return [note("The kernel is starting …")];
      case "not loaded":
        return [unloaded(watched)];
      case "ready":
        return [
          ...(watched.problem ? [element("p", { class: "tfnb-problem", role: "alert" }, watched.problem)] : []),
          this.section("Graphs", this.graphs(watched)),
          this.section("Sessions", this.sessions(watched)),
          this.section("Devices", this.devices(watched), () => watched.devices.length || watched.send({ do: "devices" })),
        ];
    }
  }

  private section(name: string, content: Node[], opened: () => unknown = () => {}): HTMLElement {
    const summary = element("summary", { "data-key": `section ${name}` }, name);
    const made = element("details", { class: "tfnb-section", open: !this.closed.has(name) }, summary, ...content);
    made.addEventListener("toggle", () => {
      if (made.open) opened();
      if (made.open) this.closed.delete(name);
      else this.closed.add(name);
    });
    return made;
  }

  // -- graphs -----------------------------------------------------------------------------------------------------------
  private graphs(watched: Watched): Node[] {
    const { graphs } = watched.state;
    if (graphs.every((g) => g.nodes === 0)) return [note("No node yet. Try ", element("code", {}, "a = tf.constant(1)"), ".")];
    const chosen = this.open(watched);
    return [...this.untidy(watched), ...graphs.filter((g) => g.nodes > 0 || g.id === chosen).map((g) => this.graph(watched, g, g.id === chosen))];
  }

  /** What edited cells left over, and cells to be run again; both are marked in the notebook, too. */
  private untidy(watched: Watched): Node[] {
    const { tidy, graphs } = watched.state;
    const link = watched.link();
    const clean = () => void link?.ask({ do: "clean", of: graphs.find((g) => g.current)?.id ?? "" });
    return [...(tidy.says ? [leftovers(tidy.says, clean)] : []), ...(tidy.stale.length ? [stale(tidy.stale, link)] : [])];
  }

  private open(watched: Watched): string | null {
    const held = watched.state.graphs;
    const chosen = this.chosen.get(watched);
    if (chosen === null || held.some((g) => g.id === chosen)) return chosen ?? null;
    const first = held.find((g) => g.current && g.nodes) ?? held.find((g) => g.nodes);
    return first !== undefined && first.nodes <= UNASKED ? first.id : null;
  }

  private graph(watched: Watched, graph: GraphInfo, open: boolean): HTMLElement {
    const says = [counted(graph.nodes, "node")];
    if (graph.variables) says.push(counted(graph.variables, "variable"));
    if (graph.parameters) says.push(counted(graph.parameters, "parameter"));
    const row = element("button", { type: "button", class: "tfnb-row", "aria-expanded": String(open), "data-key": `graph ${graph.id}` },
      element("b", {}, graph.name), ...(graph.current ? [badge("default")] : []), element("span", { class: "tfnb-says" }, says.join(", ")));
    row.addEventListener("click", () => {
      this.chosen.set(watched, open ? null : graph.id);
      this.update();
    });
    const made = element("div", { class: "tfnb-item" }, row);
    if (open) made.append(this.picture(watched, graph));
    return made;
  }

  private picture(watched: Watched, graph: GraphInfo): Node {
    if (this.drawn?.id !== graph.id) this.drawn = { id: graph.id, version: -1, view: null };
    if (this.drawn.version !== graph.version) void this.draw(watched, graph);
    this.drawn.view?.connect(watched.link());
    return this.drawn.view?.element ?? note("Drawing …");
  }

  /** Asks for a graph's drawing, once for each state of the graph; what the reader has opened stays open. */
  private async draw(watched: Watched, graph: GraphInfo): Promise<void> {
    const drawn = this.drawn;
    const link = watched.link();
    if (drawn === null || link === null) return;
    drawn.version = graph.version;
    const answer = await link.ask({ do: "draw", of: graph.id, view: drawn.view?.touched ? drawn.view.drawing.view : {} }).catch(() => null);
    if (answer === null || typeof answer.problem === "string" || this.drawn !== drawn) return;
    if (drawn.view !== null) return drawn.view.replace(answer);
    drawn.view = new GraphView(answer, "", link);
    this.update();
  }

  // -- sessions ---------------------------------------------------------------------------------------------------------
  private sessions(watched: Watched): Node[] {
    const { sessions, graphs } = watched.state;
    if (sessions.length === 0) {
      return [note("No session is open. Try ", element("code", {}, "sess = tf.Session()"), " or a ", element("code", {}, "%%session"), " cell.")];
    }
    return sessions.map((s) => session(s, graphs.find((g) => g.id === s.graph), (name) => this.point(watched, s.graph, name)));
  }

  /** Lights up a variable in the drawing of its graph. */
  private point(watched: Watched, graph: string, name: string): void {
    this.chosen.set(watched, graph);
    this.closed.delete("Graphs");
    this.onUpdateRequest();
    void this.drawn?.view?.point(name);
  }

  private devices(watched: Watched): Node[] {
    const used = new Set(watched.state.sessions.map((s) => s.device));
    return [element("ul", { class: "tfnb-devices" }, ...watched.devices.map((d) => device(d, used.has(d.name))))];
  }
}

function note(...children: (Node | string)[]): HTMLElement {
  return element("p", { class: "tfnb-note" }, ...children);
}

function badge(text: string): HTMLElement {
  return element("span", { class: "tfnb-badge" }, text);
}

function unloaded(watched: Watched): HTMLElement {
  const load = element("button", { type: "button", class: "tfnb-load jp-mod-styled jp-mod-accept" }, "Load tfnb in this kernel");
  load.addEventListener("click", () => watched.load());
  return element("div", { class: "tfnb-note" }, element("p", {}, "This kernel has no tfnb yet. Run in a cell:"),
    element("pre", {}, "%load_ext tfnb.jupyter\nimport tfnb as tf"), element("p", {}, "The kernel called “tfnb” has both done already."), load);
}

function session(s: SessionInfo, graph: GraphInfo | undefined, point: (name: string) => void): HTMLElement {
  const head = element("div", { class: "tfnb-row" }, element("b", {}, s.name), ...(s.current ? [badge("default")] : []), badge(s.device),
    element("span", { class: "tfnb-says" }, [graph ? `graph ${graph.name}` : "", s.bytes ? bytes(s.bytes) : ""].filter(Boolean).join(", ")));
  if (s.variables.length === 0) return element("div", { class: "tfnb-item" }, head, note("Its graph has no variables."));
  const columns = element("tr", {}, ...["variable", "shape", "dtype", "size"].map((c) => element("th", { scope: "col" }, c)));
  const table = element("table", { class: "tfnb-variables", "aria-label": `Variables of ${s.name}` },
    element("thead", {}, columns), element("tbody", {}, ...s.variables.map((v) => variable(v, `${s.id} ${v.name}`, () => point(v.name)))));
  const more = s.more ? [note(`and ${counted(s.more, "more variable")}`)] : [];
  return element("div", { class: "tfnb-item" }, head, element("div", { class: "tfnb-scroll" }, table), ...more);
}

function variable(v: VariableInfo, key: string, point: () => void): HTMLElement {
  const title = `${v.name}, ${v.trainable ? "trainable" : "not trained"}: show it in the graph`;
  const link = element("button", { type: "button", class: v.trainable ? "tfnb-link" : "tfnb-link tfnb-fixed", title, "data-key": key }, v.name);
  link.addEventListener("click", point);
  const name = element("th", { scope: "row" }, link);
  const shape = v.shape.length ? v.shape.join("×") : "scalar";
  const rest = v.initialized
    ? [element("td", {}, shape), element("td", {}, v.dtype), element("td", { class: "tfnb-number" }, bytes(v.bytes))]
    : [element("td", { colspan: "3", class: "tfnb-empty" }, "not initialised")];
  return element("tr", {}, name, ...rest);
}

function device(d: DeviceInfo, used: boolean): HTMLElement {
  const made = element("li", { class: d.available ? "" : "tfnb-absent" }, element("b", {}, d.name), ...(used ? [badge("in use")] : []),
    element("div", {}, d.available ? d.description : `not here: ${d.missing}`));
  return made;
}
