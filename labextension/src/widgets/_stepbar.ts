// The bar of the stepper: where the run stands, buttons that step, the slider with its phases, running to a place, playing.

import { element, press } from "./_dom";
import type { Program, State } from "./_run";

const BUTTONS: [string, string, string][] = [
  ["first", "|◀", "First (Home)"], ["back_over", "◀◀", "Back over the scope or loop (Shift+Left)"], ["back", "◀", "Back (Left)"],
  ["forward", "▶", "Forward (Right)"], ["over", "▶▶", "Forward over the scope or loop (Shift+Right)"], ["last", "▶|", "Last (End)"],
];
const PHASES = ["forward", "backward", "update"] as const;

export class StepBar {
  readonly root = element("div", { class: "tfs-bars" });
  readonly buttons = element("div", { class: "tfs-row", role: "toolbar", "aria-label": "Steps" });
  readonly head = element("div", { class: "tfs-title" });
  private readonly count = element("span", { class: "tfnb-count" });
  private readonly title = element("span", { class: "tfs-what" });
  private readonly loops = element("span", { class: "tfs-loops" });
  private readonly slider = element("input", { type: "range", min: "0", "aria-label": "Position in the run" });
  private readonly phases = element("div", { class: "tfs-phases", "aria-hidden": "true" });
  private readonly target = element("input", { type: "text", class: "tfs-target", placeholder: "run to node…", "aria-label": "Run to the node of this name", spellcheck: "false", size: "14" });
  private readonly play: HTMLButtonElement;
  private timer = 0;

  constructor(private readonly program: Program, live: boolean, private readonly send: (message: Record<string, unknown>) => void) {
    this.title.textContent = program.title;
    this.title.title = program.title;
    this.head.append(this.title, this.count, this.loops);
    for (const [does, sign, label] of BUTTONS) {
      const button = press(sign, label, () => { this.pause(); send({ do: does }); });
      button.dataset.do = does;
      this.buttons.append(button);
    }
    this.play = press("play", "Play or pause (Space)", () => this.toggle());
    this.play.dataset.do = "play";
    const names = element("datalist", { id: `tfs-names-${Math.random().toString(36).slice(2)}` },
      ...[...new Set(program.instructions.map((i) => i.name))].slice(0, 2000).map((name) => element("option", { value: name })));
    this.target.setAttribute("list", names.id);
    this.target.addEventListener("keydown", (event) => { if (event.key === "Enter" && this.target.value) this.run(); });
    const go = press("go", "Run to this node", () => this.run());
    go.dataset.do = "to";
    const resume = press("to breakpoint", "Go on to the next breakpoint", () => send({ do: "resume" }));
    resume.dataset.do = "resume";
    this.buttons.append(this.play, ...(live ? [resume] : []), element("span", { class: "tfs-to" }, this.target, go, names));
    this.slider.addEventListener("change", () => { this.pause(); send({ do: "to", target: Number(this.slider.value) }); });
    this.root.append(this.head, this.buttons, element("div", { class: "tfs-slider" }, this.phases, this.slider));
    this.drawPhases();
  }

  /** Fills in where to run to: the node that is chosen anywhere. */
  set wanted(name: string) {
    this.target.value = name;
  }

  focusTarget(): void {
    this.target.focus();
    this.target.select();
  }

  follow(state: State): void {
    const { position, total, ended } = state;
    this.count.textContent = `step ${position} of ${state.known ? total : "…"}`;
    this.slider.max = String(total);
    this.slider.value = String(position);
    this.slider.setAttribute("aria-valuetext", `step ${position} of ${total}: ${state.says}`);
    this.loops.textContent = state.loops.map((loop) => `↻ ${loop.name} iteration ${loop.iteration + 1}`).join(", ");
    for (const button of this.buttons.querySelectorAll<HTMLButtonElement>("button[data-do]")) {
      const does = button.dataset.do!;
      if (["back", "first", "back_over"].includes(does)) button.disabled = position === 0;
      if (["forward", "last", "over", "play", "resume"].includes(does)) button.disabled = ended;
    }
    if (ended || state.stopped) this.pause();
  }

  /** Bands under the slider: how much of the run is forward, backward, update. */
  private drawPhases(): void {
    const { instructions } = this.program;
    const runs: { phase: string; n: number }[] = [];
    for (const { phase } of instructions) {
      const last = runs[runs.length - 1];
      if (last?.phase === phase) last.n++;
      else runs.push({ phase, n: 1 });
    }
    const named = new Set<string>();
    this.phases.replaceChildren(...runs.map(({ phase, n }) => {
      const wide = n / Math.max(1, instructions.length) > 0.08 && !named.has(phase);
      if (wide) named.add(phase);
      const band = element("span", { class: `tfs-phase tfs-${phase}`, title: `${phase}: ${n} instructions` }, wide ? phase : "");
      band.style.flex = `${n} 0 0`;
      return band;
    }));
    const counts = PHASES.map((phase) => [phase, instructions.filter((i) => i.phase === phase).length] as const).filter(([, n]) => n);
    this.slider.title = counts.map(([phase, n]) => `${phase} ${n}`).join(", ");
  }

  private run(): void {
    this.pause();
    if (this.target.value) this.send({ do: "to", target: this.target.value });
  }

  toggle(): void {
    if (this.timer) return this.pause();
    if (this.play.disabled) return;
    this.play.textContent = "pause";
    const step = () => this.send({ do: "forward", playing: true });
    step();
    this.timer = window.setInterval(step, 900);
  }

  pause(): void {
    window.clearInterval(this.timer);
    this.timer = 0;
    this.play.textContent = "play";
  }
}
