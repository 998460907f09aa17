// A heat map and strips of images on a canvas, with a legend and a cursor that says the number under it.

import { element } from "./_dom";
import { colour, short } from "./_number";

export interface Grid {
  rows: number; columns: number; // of the value
  height: number; width: number; // cells drawn
  every: [number, number];
  low: number; high: number;
  cells: Float32Array;
}

/** A bar from orange over white to blue, with the numbers at its ends. */
export function legend(low: number, high: number): HTMLElement {
  const top = Math.max(Math.abs(low), Math.abs(high));
  const bar = element("span", { class: "tfs-scale", "aria-hidden": "true" });
  return element("div", { class: "tfs-legend" }, element("span", {}, short(-top)), bar, element("span", {}, short(top)),
    element("span", { class: "tfs-quiet" }, ` 0 is white, × is not a number; here ${short(low)} to ${short(high)}`));
}

export class Heat {
  readonly root = element("div", { class: "tfs-heat" });
  private readonly canvas = element("canvas", { tabindex: "0", role: "img" });
  private readonly says = element("p", { class: "tfs-readout", "aria-live": "polite" });
  private grid: Grid | null = null;
  private cell = 1;
  private at: [number, number] = [0, 0];
  private painting = false;

  /** `paint` is called with cells of the value while painting is on. */
  constructor(private readonly paint: ((cells: [number, number][]) => void) | null) {
    this.root.append(this.canvas, this.says);
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerdown", (event) => this.begin(event));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
  }

  /** Painting: pointer and space set cells. */
  set paints(on: boolean) {
    this.painting = on && this.paint !== null;
    this.canvas.classList.toggle("tfs-paints", this.painting);
  }

  show(grid: Grid, room: number): void {
    const same = this.grid !== null && this.grid.rows === grid.rows && this.grid.columns === grid.columns;
    this.grid = grid;
    this.root.querySelector(".tfs-legend")?.remove();
    this.root.append(legend(grid.low, grid.high));
    this.cell = Math.max(2, Math.min(grid.height * grid.width <= 64 ? 40 : 22, Math.floor(Math.min(room / grid.width, 360 / grid.height))));
    this.draw();
    const part = Math.max(...grid.every) > 1 ? `, every ${grid.every[0]}th row and ${grid.every[1]}th column` : "";
    this.canvas.setAttribute("aria-label", `Heat map of ${grid.rows} by ${grid.columns} numbers from ${short(grid.low)} to ${short(grid.high)}${part}. Arrow keys read cells.`);
    if (!same) {
      this.at = [0, 0];
      this.says.textContent = part.slice(2) || "Point at a cell, or move to it with the arrow keys, to read its number.";
    } else this.read();
  }

  private draw(): void {
    const { grid, cell, canvas } = this;
    if (!grid) return;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = grid.width * cell * ratio;
    canvas.height = grid.height * cell * ratio;
    canvas.style.width = `${grid.width * cell}px`;
    const pen = canvas.getContext("2d")!;
    pen.scale(ratio, ratio);
    const top = Math.max(Math.abs(grid.low), Math.abs(grid.high));
    const gap = cell >= 8 ? 1 : 0;
    for (let i = 0; i < grid.height; i++) {
      for (let j = 0; j < grid.width; j++) {
        const value = grid.cells[i * grid.width + j];
        pen.fillStyle = `rgb(${colour(value, top).join()})`;
        pen.fillRect(j * cell, i * cell, cell - gap, cell - gap);
        if (!Number.isFinite(value)) cross(pen, j * cell, i * cell, cell - gap);
        else if (cell >= 36) write(pen, short(value, 3), (j + 0.5) * cell, (i + 0.5) * cell, Math.abs(value) > 0.6 * top);
      }
    }
  }

  private place(event: PointerEvent): [number, number] {
    const box = this.canvas.getBoundingClientRect();
    const grid = this.grid!;
    const inside = (x: number, size: number) => Math.max(0, Math.min(size - 1, Math.floor(x / this.cell)));
    return [inside(event.clientY - box.top, grid.height), inside(event.clientX - box.left, grid.width)];
  }

  private point(event: PointerEvent): void {
    if (!this.grid) return;
    this.at = this.place(event);
    this.read();
  }

  private read(): void {
    const { grid, at } = this;
    if (!grid || !grid.cells.length) return;
    const [i, j] = [Math.min(at[0], grid.height - 1), Math.min(at[1], grid.width - 1)];
    const where = grid.rows === 1 ? `[${j * grid.every[1]}]` : `[${i * grid.every[0]}, ${j * grid.every[1]}]`;
    this.says.textContent = `${where} = ${short(grid.cells[i * grid.width + j], 6)}`;
  }

  private begin(event: PointerEvent): void {
    if (!this.painting || !this.grid || event.button !== 0) return;
    event.preventDefault();
    const grid = this.grid;
    const painted = new Map<string, [number, number]>();
    const add = (moved: PointerEvent) => {
      const [i, j] = this.place(moved);
      painted.set(`${i},${j}`, [i * grid.every[0], j * grid.every[1]]);
      const pen = this.canvas.getContext("2d")!;
      pen.strokeStyle = "#7a3e9d";
      pen.lineWidth = 2;
      pen.strokeRect(j * this.cell + 1, i * this.cell + 1, this.cell - 2, this.cell - 2);
    };
    add(event);
    this.canvas.setPointerCapture(event.pointerId);
    this.canvas.addEventListener("pointermove", add);
    this.canvas.addEventListener("pointerup", () => {
      this.canvas.removeEventListener("pointermove", add);
      this.paint!([...painted.values()]);
    }, { once: true });
  }

  private key(event: KeyboardEvent): void {
    const moves: Record<string, [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const grid = this.grid;
    if (!grid || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in moves && !event.shiftKey) {
      const [di, dj] = moves[event.key];
      this.at = [Math.max(0, Math.min(grid.height - 1, this.at[0] + di)), Math.max(0, Math.min(grid.width - 1, this.at[1] + dj))];
      this.read();
    } else if (event.key === " " && this.painting) {
      this.paint!([[this.at[0] * grid.every[0], this.at[1] * grid.every[1]]]);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

function cross(pen: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  pen.strokeStyle = "#1f2328";
  pen.lineWidth = Math.max(1, size / 10);
  pen.beginPath();
  pen.moveTo(x + 1, y + 1);
  pen.lineTo(x + size - 1, y + size - 1);
  pen.moveTo(x + size - 1, y + 1);
  pen.lineTo(x + 1, y + size - 1);
  pen.stroke();
}

function write(pen: CanvasRenderingContext2D, text: string, x: number, y: number, onDark: boolean): void {
  pen.fillStyle = onDark ? "#ffffff" : "#1f2328";
  pen.font = "11px sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(text, x, y);
}

export interface Tiles { what: string; down: number; across: number; height: number; width: number; every: number; of: [number, number]; low: number; high: number }

/** Small pictures side by side, on one scale. */
export function strip(tiles: Tiles, points: Float32Array, room: number): HTMLElement {
  const canvas = element("canvas", { role: "img" });
  const cell = Math.max(1, Math.min(16, Math.floor((room - 4 * tiles.across) / (tiles.across * tiles.width)), Math.floor(420 / (tiles.down * tiles.height))));
  const [w, h] = [tiles.width * cell + 4, tiles.height * cell + 4];
  canvas.width = tiles.across * w;
  canvas.height = tiles.down * h;
  const pen = canvas.getContext("2d")!;
  const top = Math.max(Math.abs(tiles.low), Math.abs(tiles.high));
  let n = 0;
  for (let i = 0; i < tiles.down; i++) for (let j = 0; j < tiles.across; j++) {
    for (let y = 0; y < tiles.height; y++) for (let x = 0; x < tiles.width; x++) {
      const value = points[n++];
      if (Number.isNaN(value)) continue;
      pen.fillStyle = `rgb(${colour(value, top).join()})`;
      pen.fillRect(j * w + x * cell, i * h + y * cell, cell, cell);
    }
  }
  const part = tiles.of[0] > tiles.down || tiles.of[1] > tiles.across ? `, the first ${tiles.down}×${tiles.across} of ${tiles.of.join("×")}` : "";
  const what = `${tiles.what}${part}${tiles.every > 1 ? `, every ${tiles.every}th point` : ""}`;
  canvas.setAttribute("aria-label", what);
  return element("div", { class: "tfs-strip" }, canvas, element("p", { class: "tfs-quiet" }, what), legend(tiles.low, tiles.high));
}

/** Bars over equal intervals. */
export function bars(counts: Float32Array, low: number, high: number, note: string): HTMLElement {
  const most = Math.max(...counts, 1);
  const made = element("div", { class: "tfs-bars", role: "img", "aria-label": `Histogram from ${short(low)} to ${short(high)}; the highest bar counts ${short(most)}` });
  counts.forEach((count, i) => {
    const [a, b] = [i, i + 1].map((k) => low + ((high - low) * k) / counts.length);
    const bar = element("span", { title: `${short(a)} to ${short(b)}: ${count}` });
    bar.style.height = `${count ? Math.max(1.5, (100 * count) / most) : 0}%`;
    if (b <= 0) bar.className = "tfs-negative";
    made.append(bar);
  });
  return element("div", {}, made, element("div", { class: "tfs-axis" }, element("span", {}, short(low)), element("span", {}, `most ${most.toLocaleString("en")}`),
    element("span", {}, short(high))), ...(note ? [element("p", { class: "tfs-quiet" }, note)] : []));
}
