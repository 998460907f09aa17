// Curves that grow while a cell trains, and the buttons that hold it: uPlot draws, the model tells.

import uPlot from "uplot";
import plotStyle from "uplot/dist/uPlot.min.css";
import style from "./_style.css";
import { element, hidePicture, Model, onAny, styles, verb } from "./_dom";

interface Series { name: string; steps: number[]; values: (number | null)[]; smoothed: (number | null)[] }

const COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];
const KEYS: Record<string, string> = { ".": "one", s: "stop" };
const WORDS: Record<string, string> = {
  running: "training", paused: "paused: variables are as the last run left them", stopping: "stopping before the next run",
  done: "the cell has ended", stopped: "stopped by the button", interrupted: "interrupted", failed: "ended by an error",
};

/** One chart: the raw curve pale behind the smoothed one. */
class Chart {
  readonly root = element("div", { class: "tfnb-chart", role: "img" });
  private plot: uPlot | null = null;
  private ink = "";

  constructor(private readonly colour: string, private readonly logarithmic: () => boolean) {}

  show(series: Series, width: number): void {
    const data = [series.steps, series.values, series.smoothed] as unknown as uPlot.AlignedData;
    const last = series.values[series.values.length - 1];
    this.root.setAttribute("aria-label", `${series.name}: ${last ?? "not a number"} at step ${series.steps[series.steps.length - 1]}`);
    const ink = getComputedStyle(this.root).color;
    if (this.plot && this.ink === ink) {
      if (this.plot.width !== width) this.plot.setSize({ width, height: 200 });
      this.plot.setData(data);
      return;
    }
    this.plot?.destroy();
    this.ink = ink;
    this.plot = new uPlot(this.options(series.name, width, ink), data, this.root);
  }

  again(): void {
    this.plot?.destroy();
    this.plot = null;
  }

  private options(title: string, width: number, ink: string): uPlot.Options {
    const axis = { stroke: ink, grid: { stroke: "rgba(128,128,128,0.25)", width: 1 }, ticks: { stroke: "rgba(128,128,128,0.4)", width: 1 } };
    const number = (_: uPlot, v: number | null) => (v === null || v === undefined ? "-" : Number(v.toPrecision(5)).toString());
    return {
      title, width, height: 200,
      scales: { x: { time: false }, y: { distr: this.logarithmic() ? 3 : 1 } },
      axes: [{ ...axis, label: "step", labelSize: 18 }, axis],
      series: [
        { label: "step" },
        { label: "value", stroke: this.colour + "88", width: 1, points: { show: false }, value: number },
        { label: "smoothed", stroke: this.colour, width: 2, points: { show: false }, value: number },
      ],
    };
  }
}

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const root = element("div", { class: "tfnb-view tfnb-training", tabindex: "0", role: "group", "aria-label": "Training: space pauses and resumes, full stop makes one run, s stops" });
  const pause = verb(model, "pause", "❚❚ Pause", "Pause before the next run (Space)");
  const resume = verb(model, "resume", "▶ Resume", "Resume (Space)");
  const one = verb(model, "one", "▶| One run", "One run, then pause (.)");
  const stop = verb(model, "stop", "■ Stop", "Stop the cell before its next run (s)");
  const says = element("span", { class: "tfnb-says", role: "status" });
  const weight = element("input", { type: "range", min: "0", max: "0.99", step: "0.01", "aria-label": "Smoothing" });
  const badge = element("span", { class: "tfnb-badge" });
  const log = element("input", { type: "checkbox" });
  const problem = element("p", { class: "tfnb-problem", role: "alert" });
  const charts = element("div", { class: "tfnb-charts" });
  const made = new Map<string, Chart>();
  const bar = element("div", { class: "tfnb-bar", role: "toolbar", "aria-label": "Training" }, pause, resume, one, stop, says);
  const look = element("div", { class: "tfnb-bar" }, element("label", {}, "smoothing ", weight), badge, element("label", {}, log, " logarithmic"));
  root.append(styles(plotStyle, style), bar, problem, charts, look);
  el.append(root);

  weight.addEventListener("input", () => model.send({ do: "smooth", weight: Number(weight.value) }));
  log.addEventListener("change", () => { for (const chart of made.values()) chart.again(); draw(); });
  root.addEventListener("keydown", (event) => {
    if ((event.target as HTMLElement).matches("input, button")) return;
    const does = event.key === " " ? (model.get("state") === "paused" ? "resume" : "pause") : KEYS[event.key];
    if (!does || ended()) return;
    model.send({ do: does });
    event.preventDefault();
    event.stopPropagation();
  });

  const ended = () => !["running", "paused", "stopping"].includes(model.get("state"));

  function tell(): void {
    const state = model.get("state") as string;
    const focused = document.activeElement === pause || document.activeElement === resume;
    pause.hidden = state === "paused" || ended();
    resume.hidden = state !== "paused";
    one.hidden = stop.hidden = ended();
    stop.disabled = state === "stopping";
    if (focused) (state === "paused" ? resume : ended() ? root : pause).focus();
    root.dataset.state = state;
    says.textContent = `${WORDS[state] ?? state} - ${model.get("runs")} runs, ${model.get("rate")} a second`;
    problem.textContent = model.get("problem");
  }

  function draw(): void {
    const series = model.get("series") as Series[];
    const width = Math.max(220, Math.min(460, charts.clientWidth / Math.max(1, Math.min(series.length, Math.floor(charts.clientWidth / 320))) - 12));
    series.forEach((one, i) => {
      let chart = made.get(one.name);
      if (!chart) {
        chart = new Chart(COLOURS[i % COLOURS.length], () => log.checked);
        made.set(one.name, chart);
        charts.append(chart.root);
      }
      chart.show(one, width);
    });
    weight.value = String(model.get("smoothing"));
    badge.textContent = `smoothed ${Number(model.get("smoothing")).toFixed(2)}`;
    tell();
  }

  const resized = new ResizeObserver(() => draw());
  resized.observe(charts);
  onAny(model, ["series", "smoothing"], draw);
  onAny(model, ["state", "runs", "rate", "problem"], tell);
  hidePicture(model, root);
  draw();
  return () => resized.disconnect();
}

export default { render };
