// A recorded run in a page of its own: the stepper's view over what was kept, `#step=12` opens it at step 12.

import type { Model } from "./_dom";
import { element } from "./_dom";
import type { Looked, Program, State } from "./_run";
import { StepperPage } from "./_view";

interface Window { about: Record<string, any>; data: string }
interface Thin { figures: Record<string, any>; kind: string; windows: Record<string, Window> }
interface Recording { program: Program; graph: string; states: State[]; values: Record<string, [number, Thin][]>; cut: boolean }

const PAGE = ":root { color-scheme: light dark; } body { margin: 0 auto; max-width: 1500px; padding: 8px 14px; background: light-dark(#fff, #1c1f24); }";

/** Answers the view as the kernel would, from what was recorded. */
class Recorded implements Model {
  private at = 0;
  private chosen = "";
  private picked = false;
  private readonly heard = new Map<string, ((...args: any[]) => void)[]>();

  constructor(private readonly run: Recording) {
    this.go(this.linked());
    window.addEventListener("hashchange", () => this.go(this.linked()));
  }

  private linked(): number {
    return Number(/^#step=(\d+)$/.exec(window.location.hash)?.[1] ?? 0);
  }

  get(name: string): any {
    const { program, graph } = this.run;
    const fixed: Record<string, unknown> = { program, graph, breaks: [], others: [], predicting: false, question: {}, verdict: {}, score: [0, 0], key: "", problem: "" };
    return name === "state" ? this.state() : fixed[name];
  }

  on(event: string, callback: (...args: any[]) => void): void {
    this.heard.set(event, [...(this.heard.get(event) ?? []), callback]);
  }

  private tell(event: string, ...args: unknown[]): void {
    for (const callback of this.heard.get(event) ?? []) callback(...args);
  }

  send(message: Record<string, any>): void {
    const { at, run } = this;
    const last = run.states.length - 1;
    if (message.do === "look") return this.look(message);
    if (message.do === "select") {
      this.chosen = message.tensor;
      this.picked = true;
      return this.tell("change:state");
    }
    const to: Record<string, () => number> = {
      forward: () => at + 1, back: () => at - 1, first: () => 0, last: () => last, resume: () => last, over: () => this.over(1), back_over: () => this.over(-1), to: () => this.target(message.target),
    };
    if (to[message.do]) this.go(to[message.do]());
  }

  private go(step: number): void {
    this.picked = false;
    this.at = Math.max(0, Math.min(this.run.states.length - 1, step));
    const { last } = this.run.states[this.at];
    const made = last < 0 ? [] : this.run.program.instructions[last].outputs;
    const changed = this.run.states[this.at].changes.map((change) => `${change.variable}:0`);
    this.chosen = [...made, ...changed].find((name) => this.version(name)) ?? (this.chosen || Object.keys(this.run.program.sources)[0] || "");
    if (this.linked() !== this.at) history.replaceState(null, "", `#step=${this.at}`);
    this.tell("change:state");
  }

  /** To the first step outside the scope, or the loop, of this one. */
  private over(way: 1 | -1): number {
    const { states, program } = this.run;
    const of = (at: number) => program.instructions[way > 0 ? states[at].next : states[at].last];
    const from = of(this.at);
    const loop = states[this.at].loops.at(-1)?.name;
    const scope = from?.name.replace(/[^/]*$/, "");
    let at = this.at + way;
    while (states[at] && of(at) && (loop ? states[at].loops.some((l) => l.name === loop) : scope && of(at).name.startsWith(scope))) at += way;
    return at;
  }

  private target(wanted: string | number): number {
    if (typeof wanted === "number") return wanted;
    const { states, program } = this.run;
    const is = (at: number) => at >= 0 && (program.instructions[at].name === wanted || program.instructions[at].box === wanted);
    const before = states.slice(0, this.at + 1).map((state) => is(state.last)).lastIndexOf(true);
    return before >= 0 ? before : Math.max(this.at, states.findIndex((state) => is(state.last)));
  }

  private version(name: string): Thin | undefined {
    return (this.run.values[name] ?? []).filter(([step]) => step <= this.at).at(-1)?.[1];
  }

  private state(): State {
    const { states } = this.run;
    const shapes = Object.assign({}, ...states.slice(0, this.at + 1).map((state) => state.shapes));
    const cut = this.run.cut && this.at === states.length - 1 ? "The recording ends here; the run goes on." : "";
    return { ...states[this.at], shapes, stopped: cut, looked: this.looked(), picked: this.picked };
  }

  private looked(): Looked {
    const found = this.version(this.chosen);
    const why = this.run.values[this.chosen] ? "The run has not come to it yet: Enter on its line runs there." : "This run does not compute it.";
    return found ? { tensor: this.chosen, there: true, why: "", kind: found.kind, figures: found.figures } : { tensor: this.chosen, there: false, why, kind: "", figures: {} };
  }

  private look(message: Record<string, any>): void {
    const found = this.version(message.tensor)?.windows[message.kind];
    if (!found) return this.tell("msg:custom", { ask: message.ask, about: {}, problem: "This recording keeps no such picture of it." }, []);
    const bytes = Uint8Array.from(atob(found.data), (letter) => letter.charCodeAt(0));
    const about = message.kind === "table" ? { ...found.about, rows: found.about.height, columns: found.about.width } : found.about;
    this.tell("msg:custom", { ask: message.ask, about }, [new DataView(bytes.buffer)]);
  }
}

document.head.append(element("style", {}, PAGE));
const recording = JSON.parse(document.getElementById("run")!.textContent!) as Recording;
const page = new StepperPage(new Recorded(recording), false);
document.getElementById("page")!.append(page.root);
page.root.focus();
