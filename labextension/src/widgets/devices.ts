// The devices as cards, each a button where the device is there.

import style from "./_style.css";
import { element, hidePicture, Model, onAny, styles } from "./_dom";

interface Plan { name: string; what: string; rows: [string, string][]; problem: string; lesson: string }

interface Card { name: string; kind: string; available: boolean; what: string; missing: string; memory: string }

function render({ model, el }: { model: Model; el: HTMLElement }): void {
  const root = element("div", { class: "tfnb-view tfnb-devices", role: "group", "aria-label": "Devices" });
  const cards = element("div", { class: "tfnb-cards" });
  const says = element("p", { class: "tfnb-says", role: "status" });
  const problem = element("p", { class: "tfnb-problem", role: "alert" });
  const plans = element("div", { class: "tfnb-cards", role: "status", "aria-label": "Compiled for devices that are not here" });
  root.append(styles(style), cards, plans, says, problem);
  el.append(root);

  function draw(): void {
    const focused = (document.activeElement as HTMLElement | null)?.dataset?.device;
    cards.replaceChildren(...(model.get("cards") as Card[]).map((card) => {
      const chosen = card.name === model.get("chosen");
      const inside = [element("h4", {}, card.name), element("p", {}, card.what), ...(card.memory ? [element("p", {}, card.memory)] : [])];
      if (!card.available) {
        const made = element("div", { class: "tfnb-card", "data-available": "false" }, ...inside, element("p", {}, "Not here. To get it: ", element("code", {}, card.missing)));
        return made;
      }
      const made = element("button", { type: "button", class: "tfnb-card", "data-available": "true", "data-device": card.name }, ...inside,
        element("p", {}, chosen ? "✓ the session runs here" : "Run the session here"));
      if (chosen) made.setAttribute("aria-current", "true");
      made.addEventListener("click", () => model.send({ do: "choose", device: card.name }));
      return made;
    }));
    if (focused) cards.querySelector<HTMLElement>(`[data-device="${CSS.escape(focused)}"]`)?.focus();
    tell();
  }

  function drawPlans(): void {
    plans.replaceChildren(...(model.get("plans") as Plan[]).map((plan) => {
      const rows = plan.rows.flatMap(([word, figure]) => [element("dt", {}, word), element("dd", {}, figure)]);
      return element("section", { class: "tfnb-card tfnb-plan", "data-plan": plan.name }, element("h4", {}, plan.name), element("p", {}, plan.what),
        element("dl", {}, ...rows), ...(plan.problem ? [element("p", { class: "tfnb-problem" }, plan.problem), element("p", {}, plan.lesson)] : []));
    }));
  }

  function tell(): void {
    says.textContent = model.get("says");
    problem.textContent = model.get("problem");
  }

  onAny(model, ["cards", "chosen"], draw);
  onAny(model, ["says", "problem"], tell);
  onAny(model, ["plans"], drawPlans);
  hidePicture(model, root);
  draw();
  drawPlans();
}

export default { render };
