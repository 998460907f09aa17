// The stepper under a cell: a run that is walked by buttons, keys and clicks.

import { hidePicture } from "./_dom";
import type { Model } from "./_dom";
import { StepperPage } from "./_view";

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const page = new StepperPage(model, true);
  hidePicture(model, page.root);
  el.append(page.root);
  return () => page.dispose();
}

export default { render };
