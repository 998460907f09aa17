// Numbers in words and in colours.

/** Four digits, without a false tail: 0.1235, 12, 1.5e-7, NaN. */
export function short(value: unknown, digits = 4): string {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "number") return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  const text = value.toPrecision(digits);
  return text.includes("e") ? text.replace(/\.?0+e/, "e").replace("e+", "e") : text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

export function sizes(shape: readonly number[]): string {
  return shape.length ? shape.join("×") : "scalar";
}

export function bytes(n: number): string {
  for (const [unit, size] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]] as const) {
    if (n >= size) return `${(n / size).toFixed(n >= 100 * size ? 0 : 1)} ${unit}`;
  }
  return `${n} B`;
}

// Blue for positive, orange for negative, white for zero: told apart by all kinds of eyes. As tfnb/views/tensors.py draws.
const BLUE = [0, 114, 178];
const ORANGE = [213, 94, 0];

/** The colour of `value` on a scale that reaches from -top over white to top. */
export function colour(value: number, top: number): [number, number, number] {
  if (Number.isNaN(value)) return [255, 255, 255];
  const v = Math.max(-1, Math.min(1, top > 0 ? value / top : 0));
  const end = v >= 0 ? BLUE : ORANGE;
  const mix = (i: number) => Math.round(255 + (end[i] - 255) * Math.abs(v));
  return [mix(0), mix(1), mix(2)];
}
