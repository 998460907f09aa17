// Predict first: before each step a question, and the step is the answer.

import { element, press } from "./_dom";
import type { Model } from "./_dom";

export interface Question {
  id: number;
  kind: "shape" | "value" | "nodes";
  text: string;
  choices: string[]; // nodes to tick, or answers to choose from
}
export interface Verdict { right: boolean; text: string }

export class PredictPane {
  readonly root = element("section", { class: "tfs-predict", "aria-label": "Predict first" });
  private readonly score = element("p", { class: "tfs-score", role: "status" });
  private readonly asked = element("form");
  private readonly verdict = element("p", { class: "tfs-verdict", role: "status" });
  private shown = -1;

  constructor(private readonly model: Model) {
    this.root.append(this.verdict, this.asked, this.score);
    this.asked.addEventListener("submit", (event) => { event.preventDefault(); this.answer(); });
  }

  follow(): void {
    const on = this.model.get("predicting") as boolean;
    this.root.hidden = !on;
    const [right, asked] = this.model.get("score") as [number, number];
    this.score.textContent = asked ? `${right} of ${asked} predictions right` : "No prediction yet.";
    const verdict = this.model.get("verdict") as Partial<Verdict>;
    this.verdict.textContent = verdict.text ? `${verdict.right ? "✓" : "✗"} ${verdict.text}` : "";
    this.verdict.dataset.right = String(verdict.right ?? "");
    const question = this.model.get("question") as Partial<Question>;
    if (question.id === this.shown && this.asked.childElementCount) return;
    const focused = this.root.contains(document.activeElement);
    this.shown = question.id ?? -1;
    this.asked.replaceChildren();
    if (!question.text) return;
    this.asked.append(element("p", { class: "tfs-question" }, question.text));
    if (question.kind === "nodes") {
      this.asked.append(element("div", { class: "tfs-choices" }, ...question.choices!.map((name) => element("label", {}, element("input", { type: "checkbox", value: name }), ` ${name}`))));
    } else {
      const hint = question.kind === "shape" ? "50, 10; nothing for a single number" : "a number";
      this.asked.append(element("input", { type: "text", "aria-label": question.text, placeholder: hint, size: "18", spellcheck: "false" }));
    }
    this.asked.append(element("button", { type: "submit" }, "check, and step"), press("skip", "Step without a prediction", () => this.model.send({ do: "forward", skip: true })));
    if (focused) this.focus();
  }

  focus(): void {
    this.asked.querySelector<HTMLElement>("input")?.focus();
  }

  private answer(): void {
    const text = this.asked.querySelector<HTMLInputElement>("input[type=text]");
    const ticked = [...this.asked.querySelectorAll<HTMLInputElement>("input[type=checkbox]")].filter((box) => box.checked).map((box) => box.value);
    this.model.send({ do: "guess", question: this.shown, answer: text ? text.value : ticked });
  }
}
