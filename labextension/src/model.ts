// What the panel knows: for each notebook the kernel's last word, and which notebook is in front.
// The kernel opens one comm, `tfnb`, when it loads the extension; a page that comes later finds it and joins in.

import type { JupyterFrontEnd } from "@jupyterlab/application";
import type { Kernel, KernelMessage, Session } from "@jupyterlab/services";
import { Signal } from "@lumino/signaling";
import type { ISignal } from "@lumino/signaling";
import type { Widget } from "@lumino/widgets";
import { Asking } from "./graph/link";
import type { Link } from "./graph/link";
import { Book } from "./notebook";
import { NOTHING, parse, TARGET } from "./protocol";
import type { DeviceInfo, Request, State } from "./protocol";

/** Runs a command of JupyterLab's. */
export type Execute = (command: string) => Promise<unknown>;

const FOLLOWED = ["jp-NotebookPanel", "jp-ConsolePanel"]; // a text file has a session context too, without a kernel

/** The part of JupyterLab's session context that is needed; notebooks and consoles have one. */
interface Context {
  readonly session: Session.ISessionConnection | null;
  readonly kernelChanged: ISignal<unknown, unknown>;
  readonly connectionStatusChanged: ISignal<unknown, unknown>;
  readonly statusChanged: ISignal<unknown, Kernel.Status>;
  readonly disposed: ISignal<unknown, unknown>;
  readonly isDisposed: boolean;
}

export type Status = "no kernel" | "starting" | "not loaded" | "ready";

/** One notebook's kernel: what it said last. */
export class Watched {
  status: Status = "no kernel";
  state: State = NOTHING;
  devices: DeviceInfo[] = [];
  problem = "";
  busy = false;
  readonly book: Book;
  private readonly asking = new Asking((ask, request) => this.send({ do: "graph", ask, request }));
  private kernel: Kernel.IKernelConnection | null = null;
  private comm: Kernel.IComm | null = null;

  constructor(readonly widget: Widget, private readonly context: Context, private readonly changed: () => void, execute: Execute) {
    this.book = new Book(widget, execute);
    context.kernelChanged.connect(this.attach, this);
    context.connectionStatusChanged.connect(this.attach, this);
    context.statusChanged.connect(this.onStatus, this);
    this.attach();
  }

  get title(): string {
    return this.widget.title.label;
  }

  dispose(): void {
    Signal.disconnectReceiver(this);
    this.asking.close();
    this.kernel?.removeCommTarget(TARGET, this.onOpen);
  }

  send(request: Request): void {
    if (this.comm !== null && !this.comm.isDisposed) this.comm.send(request as unknown as Parameters<Kernel.IComm["send"]>[0]);
  }

  /** The way to this kernel for a view; null while there is none, and for a view that another kernel has drawn. */
  link(kernel: string | null = null): Link | null {
    if (this.status !== "ready" || kernel !== null && kernel !== this.state.kernel) return null;
    return {
      ask: async (request) => {
        const answer = await this.asking.ask(request);
        if (request.do === "clean") this.send({ do: "state" });
        return answer;
      },
      jump: (id, cell, line) => void this.book.jump(id, cell, line), rerun: (ids) => void this.book.rerun(ids),
    };
  }

  /** Loads tfnb into the kernel, because the reader asked for it. */
  load(): void {
    this.kernel?.requestExecute({ code: "%load_ext tfnb.jupyter\nimport tfnb as tf", store_history: false, stop_on_error: true });
  }

  // -- finding the comm -------------------------------------------------------------------------------------------------
  private attach(): void {
    const kernel = this.context.session?.kernel ?? null;
    if (kernel !== this.kernel) {
      this.kernel?.removeCommTarget(TARGET, this.onOpen);
      this.kernel = kernel;
      kernel?.registerCommTarget(TARGET, this.onOpen);
    }
    if (kernel === null || this.comm === null || this.comm.isDisposed) {
      this.forget(kernel === null ? "no kernel" : "starting");
      void this.join(kernel);
    }
  }

  private async join(kernel: Kernel.IKernelConnection | null): Promise<void> {
    if (kernel === null || kernel.connectionStatus !== "connected") return;
    const { content } = await kernel.requestCommInfo({ target_name: TARGET });
    if (this.kernel !== kernel || this.context.isDisposed || (this.comm !== null && !this.comm.isDisposed)) return;
    const id = content.status === "ok" ? Object.keys(content.comms)[0] : undefined;
    if (id === undefined) this.forget("not loaded");
    else this.use(kernel.hasComm(id) ? null : kernel.createComm(TARGET, id));
  }

  private readonly onOpen = (comm: Kernel.IComm, message: KernelMessage.ICommOpenMsg): void => {
    this.use(comm);
    this.hear(message.content.data);
  };

  private use(comm: Kernel.IComm | null): void {
    if (comm === null) return;
    this.comm = comm;
    comm.onMsg = (message) => this.hear(message.content.data);
    comm.onClose = () => {
      if (this.comm === comm) this.forget("not loaded");
    };
    this.status = "ready";
    this.changed();
    this.send({ do: "state" });
  }

  private onStatus(_: unknown, status: Kernel.Status): void {
    this.busy = status === "busy";
    if (status === "restarting" || status === "autorestarting" || status === "dead") {
      this.forget(status === "dead" ? "no kernel" : "starting");
    } else if (this.status === "starting" && status === "idle") {
      void this.join(this.kernel);
    }
  }

  private forget(status: Status): void {
    this.comm = null;
    this.status = status;
    this.state = NOTHING;
    this.asking.close();
    this.devices = [];
    this.problem = "";
    this.changed();
  }

  private hear(data: unknown): void {
    const answer = parse(data);
    if (answer === null) return;
    if (answer.type === "answer") return this.asking.hear(answer.ask, answer.content);
    this.problem = "";
    if (answer.type === "state") {
      this.state = answer;
      this.book.markStale(answer.tidy.stale.map((s) => s.id));
    }
    if (answer.type === "devices") this.devices = answer.devices;
    else if (answer.type === "problem") this.problem = answer.problem;
    this.changed();
  }
}

/** Follows the shell: `current` is the notebook in front, or the last one that was. */
export class Model {
  readonly changed = new Signal<this, void>(this);
  current: Watched | null = null;
  private readonly all = new Map<Context, Watched>();

  constructor(shell: JupyterFrontEnd.IShell, private readonly execute: Execute) {
    shell.currentChanged?.connect(() => this.follow(shell.currentWidget));
    this.follow(shell.currentWidget);
  }

  /** The notebook that a part of the page is in. */
  around(node: Node): Watched | null {
    return [...this.all.values()].find((w) => w.widget.node.contains(node)) ?? null;
  }

  private follow(widget: Widget | null): void {
    const context = contextOf(widget);
    if (widget === null || context === null) return;
    let watched = this.all.get(context);
    if (watched === undefined) {
      watched = new Watched(widget, context, () => this.changed.emit(), this.execute);
      this.all.set(context, watched);
      context.disposed.connect(() => this.drop(context));
    }
    if (watched !== this.current) {
      this.current = watched;
      this.changed.emit();
    }
  }

  private drop(context: Context): void {
    const watched = this.all.get(context);
    watched?.dispose();
    this.all.delete(context);
    if (watched === this.current) this.current = null;
    this.changed.emit();
  }
}

function contextOf(widget: Widget | null): Context | null {
  if (widget === null || !FOLLOWED.some((name) => widget.hasClass(name))) return null;
  const held = widget as unknown as { sessionContext?: Context; context?: { sessionContext?: Context } };
  const found = held.sessionContext ?? held.context?.sessionContext;
  return found !== undefined && "kernelChanged" in found ? found : null;
}
