// What the widgets share: making elements, talking to the model, hiding the picture that stays.

import theme from "../../style/theme.css";

export interface Model {
  get(name: string): any;
  send(message: Record<string, unknown>): void;
  on(event: string, callback: (...args: any[]) => void): void;
  off?(event: string, callback: (...args: any[]) => void): void;
}

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K, attributes: Record<string, string> = {}, ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A view's style sheets, behind the one that all views share. */
export function styles(...sheets: string[]): HTMLStyleElement {
  return element("style", {}, [theme, ...sheets].join(""));
}

/** A button that tells the model what is wanted. */
export function verb(model: Model, does: string, sign: string, label: string, more: Record<string, unknown> = {}): HTMLButtonElement {
  const button = press(sign, label, () => model.send({ do: does, ...more }));
  button.dataset.do = does;
  return button;
}

/** A button that does something here. A sign needs a label; a word is its own name, the label then only explains it. */
export function press(sign: string, label: string, action: () => void): HTMLButtonElement {
  const button = element("button", { type: "button", title: label, ...(/\p{L}{2}/u.test(sign) ? {} : { "aria-label": label }) }, sign);
  button.addEventListener("click", action);
  return button;
}

export function onAny(model: Model, names: string[], callback: () => void): void {
  for (const name of names) model.on("change:" + name, callback);
}

/** The model as one view hears it: `close` ends all that this view listens to. A model may have several views. */
export function heard(model: Model): Model & { close(): void } {
  const all: [string, (...args: any[]) => void][] = [];
  return {
    get: (name) => model.get(name), send: (message) => model.send(message),
    on: (event, callback) => {
      all.push([event, callback]);
      model.on(event, callback);
    },
    close: () => all.splice(0).forEach(([event, callback]) => model.off?.(event, callback)),
  };
}

/** The picture that stays in the saved notebook is an output of its own: while the view is alive, it is not needed. */
export function hidePicture(model: Model, root: HTMLElement): void {
  const key = CSS.escape(String(model.get("key")));
  if (key) root.append(element("style", {}, `.tfnb-static[data-model="${key}"] { display: none; }`));
}

/** Moves focus back to where it was after elements were made anew. */
export function keepFocus(inside: HTMLElement, attribute: string, redraw: () => void): void {
  const held = (document.activeElement as HTMLElement | null)?.closest?.<HTMLElement>(`[${attribute}]`);
  const key = held && inside.contains(held) ? held.getAttribute(attribute) : null;
  redraw();
  if (key !== null) inside.querySelector<HTMLElement>(`[${attribute}="${CSS.escape(key)}"]`)?.focus();
}
