// The stepper under a cell: a run that is walked by buttons, keys and clicks.

import { heard, hidePicture } from "./_dom";
import type { Model } from "./_dom";
import { StepperPage } from "./_view";

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const own = heard(model);
  const page = new StepperPage(own, true);
  hidePicture(model, page.root);
  el.append(page.root);
  return () => {
    page.dispose();
    own.close();
  };
}

export default { render };
