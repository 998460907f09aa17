// Reading what another program wrote: everything is checked, so that a newer or older kernel does not break the page.

export type Loose = Record<string, unknown>;

export const record = (x: unknown): Loose => (typeof x === "object" && x !== null && !Array.isArray(x) ? (x as Loose) : {});
export const list = (x: unknown): Loose[] => (Array.isArray(x) ? x.map(record) : []);
export const texts = (x: unknown): string[] => (Array.isArray(x) ? x.filter((t): t is string => typeof t === "string") : []);
export const text = (x: unknown): string => (typeof x === "string" ? x : "");
export const count = (x: unknown): number => (typeof x === "number" && Number.isFinite(x) ? x : 0);
export const number = (x: unknown): number | null => (typeof x === "number" && Number.isFinite(x) ? x : null);

/** A table by name without any of Object's own names in it. */
export function table<T>(x: unknown, read: (value: Loose) => T): Record<string, T> {
  const made: Record<string, T> = Object.create(null);
  for (const [name, value] of Object.entries(record(x))) made[name] = read(record(value));
  return made;
}

export function words(x: unknown): Record<string, string> {
  const made: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(record(x))) made[name] = text(value);
  return made;
}
