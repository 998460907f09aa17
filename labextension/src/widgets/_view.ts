// The stepper's view, the same over a kernel and over a recorded run: bar, graph, code, value, findings, lists.

import graph from "../../style/graph.css";
import style from "./_stepper.css";
import { BreaksPane } from "./_breaks";
import { CodePane } from "./_code";
import { element, onAny, press, styles } from "./_dom";
import type { Model } from "./_dom";
import { Findings } from "./_findings";
import { GraphPane } from "./_graphpane";
import { jumpToCell } from "./_insert";
import { Inspector } from "./_inspector";
import { PredictPane } from "./_predict";
import type { Break, Program, State } from "./_run";
import { StepBar } from "./_stepbar";
import { Wire } from "./_wire";

const STEPS: Record<string, string> = { ArrowRight: "forward", ArrowLeft: "back", Home: "first", End: "last" };
const OVER: Record<string, string> = { ArrowRight: "over", ArrowLeft: "back_over" };

export class StepperPage {
  readonly root = element("div", { class: "tfnb-view tfnb-stepper", tabindex: "0", role: "group", "data-lm-suppress-shortcuts": "true",
    "aria-label": "Stepper: right and left step, home and end jump, question mark lists the keys" });
  private readonly wire: Wire;
  private readonly bar: StepBar;
  private readonly code: CodePane;
  private readonly graph: GraphPane;
  private readonly inspector: Inspector;
  private readonly findings: Findings;
  private readonly breaks: BreaksPane;
  private readonly predict: PredictPane;
  private readonly says = element("p", { class: "tfs-says", role: "status" });
  private readonly stopped = element("p", { class: "tfs-stopped", role: "status" });
  private readonly problem = element("p", { class: "tfnb-problem", role: "alert" });
  private readonly changes = element("div", { class: "tfs-changes", role: "status" });
  private readonly choice = element("select", { "aria-label": "Tensor to look at" });
  private readonly program: Program;

  constructor(private readonly model: Model, live: boolean) {
    const program = (this.program = model.get("program") as Program);
    this.wire = new Wire(model);
    this.bar = new StepBar(program, live, (message) => this.step(message));
    this.code = new CodePane(program, {
      choose: (at) => this.choose(at), runTo: (at) => this.step({ do: "to", target: program.instructions[at].name }),
      breakpoint: (at) => this.breakAt(at), jump: (at) => this.jump(at),
    });
    this.graph = new GraphPane(model.get("graph"), program, { choose: (box) => this.chooseBox(box), runTo: (box) => this.step({ do: "to", target: box }) });
    this.inspector = new Inspector(this.wire, { edits: live, keeps: live, others: live ? (model.get("others") as string[]) : [] });
    this.findings = new Findings(this.wire, (nodes) => { this.code.mark(nodes); this.graph.mark(nodes); });
    this.breaks = new BreaksPane(model);
    this.predict = new PredictPane(model);
    this.choice.addEventListener("change", () => this.select(this.choice.value));
    this.root.append(styles(graph, style), this.layout(live));
    this.root.addEventListener("keydown", (event) => this.key(event, live));
    onAny(model, ["state", "breaks", "predicting"], () => this.follow());
    onAny(model, ["predicting", "question", "verdict", "score"], () => this.predict.follow());
    onAny(model, ["problem"], () => { this.problem.textContent = model.get("problem"); });
    this.follow();
    this.predict.follow();
    this.problem.textContent = model.get("problem");
  }

  dispose(): void {
    this.bar.pause();
  }

  private layout(live: boolean): HTMLElement {
    const extras = element("div", { class: "tfs-extras", role: "toolbar", "aria-label": "More about this run" });
    if (live) {
      const predict = press("predict", "Predict first: a question before each step (p)", () => this.model.send({ do: "predict" }));
      predict.dataset.do = "predict";
      onAny(this.model, ["predicting"], () => predict.setAttribute("aria-pressed", String(this.model.get("predicting"))));
      predict.setAttribute("aria-pressed", String(this.model.get("predicting")));
      const find = (does: "chain" | "races" | "bad" | "texts", sign: string, label: string) => {
        const button = press(sign, label, () => this.find(does));
        button.dataset.do = does;
        return button;
      };
      const save = press("save replay", "Save this run as one page that needs no kernel", () => this.save());
      save.dataset.do = "replay";
      const offered = [find("chain", "chain rule", "The chain rule at the chosen node (d)"), find("bad", "first bad tensor", "Find the first NaN or Inf of this run"),
        find("races", "races", "Reads and writes of a variable without an order between them"), find("texts", "same cell as…", "The same run as NumPy, JAX and more"), save];
      const offers = this.model.get("offers") as string[];
      extras.append(predict, ...offered.filter((button) => offers.includes(button.dataset.do!)));
    }
    extras.append(press("?", "Keys (?)", () => void this.findings.toggle("help")));
    const beside = element("div", { class: "tfs-beside" }, element("div", { class: "tfs-pick" }, element("label", {}, "look at ", this.choice)), this.changes, ...(live ? [this.breaks.root] : []));
    const value = element("div", { class: "tfs-value" }, this.inspector.root, beside);
    const page = element("div", { class: "tfs-page-grid" }, element("header", { class: "tfs-header" }, this.bar.head, extras),
      element("div", { class: "tfs-control" }, ...[...this.bar.root.children].filter((child) => child !== this.bar.head)),
      element("div", { class: "tfs-messages" }, this.says, this.stopped, this.problem), this.predict.root, this.findings.root,
      this.graph.root, this.code.root, value);
    if (!this.model.get("graph")) page.classList.add("tfs-nograph");
    return page;
  }

  // -- following the run ------------------------------------------------------------------------------------------------
  private follow(): void {
    const state = this.model.get("state") as State;
    const breaks = this.model.get("breaks") as Break[];
    const chosen = this.atOf(state.looked.tensor);
    this.bar.follow(state);
    this.says.textContent = state.says;
    this.stopped.textContent = state.stopped;
    this.code.follow(state, state.picked ? chosen : -1, breaks, this.model.get("predicting"));
    this.graph.follow(state, chosen >= 0 ? this.program.instructions[chosen].box : state.looked.tensor.split(":")[0], new Set(breaks.map((b) => b.at)));
    this.inspector.show(state.looked);
    this.breaks.follow(breaks, state.watches);
    this.drawChanges(state);
    this.drawChoice(state);
  }

  private drawChanges(state: State): void {
    const rows = state.changes.map((change) => element("p", {}, element("b", {}, change.variable), ` ${change.before} → ${change.after} `,
      element("span", { class: "tfs-quiet" }, change.delta)));
    this.changes.replaceChildren(...(rows.length ? [element("p", { class: "tfs-quiet" }, "changed by this instruction"), ...rows] : []),
      ...state.edits.map((text) => element("p", { class: "tfs-edited" }, `✎ ${text}`)));
  }

  private drawChoice(state: State): void {
    const names = [...Object.keys(this.program.sources), ...this.program.instructions.flatMap((i) => i.outputs)];
    if (this.choice.childElementCount !== names.length) this.choice.replaceChildren(...names.map((name) => element("option", { value: name }, name)));
    this.choice.value = state.looked.tensor;
  }

  private atOf(tensor: string): number {
    return this.program.instructions.findIndex((i) => i.outputs.includes(tensor));
  }

  // -- what the reader does ---------------------------------------------------------------------------------------------
  private step(message: Record<string, unknown>): void {
    const { question } = { question: this.model.get("question") as { text?: string } };
    if (this.model.get("predicting") && message.do === "forward" && !message.skip && question.text) return this.predict.focus();
    this.model.send(message);
  }

  private choose(at: number): void {
    const instruction = this.program.instructions[at];
    if (!instruction) return;
    this.bar.wanted = instruction.name;
    this.graph.show(instruction.box);
    if (instruction.outputs.length) this.select(instruction.outputs[0]);
  }

  /** The instruction that a box stands for: its own, else the last one inside; -1 where the run computes none. */
  private insideOf(box: string): number {
    const { instructions } = this.program;
    const own = instructions.findIndex((i) => i.box === box && i.name === box);
    return own >= 0 ? own : instructions.map((i) => i.box).lastIndexOf(box);
  }

  private chooseBox(box: string): void {
    const known = this.program.instructions[this.insideOf(box)];
    if (known) {
      this.bar.wanted = known.name;
      if (known.outputs.length) this.select(known.outputs[0]);
    } else this.select(`${box}:0`);
  }

  private select(tensor: string): void {
    this.model.send({ do: "select", tensor });
  }

  private breakAt(at: number): void {
    if (at < 0) {
      this.stopped.textContent = "A breakpoint stands before a node that this run computes.";
      return;
    }
    const breaks = this.model.get("breaks") as Break[];
    const there = breaks.find((b) => b.at === at && !b.when);
    this.model.send(there ? { do: "unbreak", id: there.id } : { do: "break", at });
  }

  private get here(): number {
    const state = this.model.get("state") as State;
    if (this.code.root.contains(document.activeElement) && this.code.chosenAt >= 0) return this.code.chosenAt;
    return this.graph.held ? this.insideOf(this.graph.held) : state.next;
  }

  private jump(at: number): void {
    const instruction = this.program.instructions[at];
    if (!instruction?.cell) return;
    if (!jumpToCell(this.root, this.program.cells[instruction.cell] ?? "", instruction.cell, instruction.row)) this.stopped.textContent = `${instruction.name} was made in ${instruction.where}.`;
  }

  private find(does: "chain" | "races" | "bad" | "texts"): void {
    if (does !== "chain") return void this.findings.toggle(does);
    const state = this.model.get("state") as State;
    const at = this.atOf(state.looked.tensor);
    void this.findings.toggle("chain", { node: at >= 0 ? this.program.instructions[at].name : state.looked.tensor.split(":")[0] });
  }

  private async save(): Promise<void> {
    this.stopped.textContent = "recording the run…";
    const answer = await this.wire.ask({ do: "replay" });
    this.stopped.textContent = answer.problem || String(answer.about.says);
  }

  private key(event: KeyboardEvent, live: boolean): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    if (event.key === "Escape") {
      this.findings.close();
      this.root.focus();
      return;
    }
    if (target.matches("input:not([type=range]):not([type=checkbox]), select, textarea")) {
      event.stopPropagation(); // what is typed is not a key of the notebook
      if (event.key !== "Enter" || !(target as HTMLInputElement).form) return;
      event.preventDefault();
      return (target as HTMLInputElement).form!.requestSubmit();
    }
    if (target.matches("button, summary, [type=checkbox]") && (event.key === " " || event.key === "Enter")) return;
    const does = event.shiftKey ? OVER[event.key] : STEPS[event.key];
    const state = this.model.get("state") as State;
    const actions: Record<string, () => void> = {
      "/": () => this.bar.focusTarget(), f: () => this.graph.fit(), g: () => this.graph.focus(), c: () => this.jump(this.here), " ": () => this.bar.toggle(),
      "?": () => void this.findings.toggle("help"),
      ...(live ? {
        b: () => this.breakAt(this.here), w: () => this.breaks.openWatch(state.looked.tensor ? `\`${state.looked.tensor}\`` : ""), e: () => this.inspector.toggleEdit(),
        d: () => this.find("chain"), p: () => this.model.send({ do: "predict" }),
      } : {}),
    };
    if (does) {
      this.bar.pause();
      this.step({ do: does });
    } else if (Object.hasOwn(actions, event.key)) actions[event.key]();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

