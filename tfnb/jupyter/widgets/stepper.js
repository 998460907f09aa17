// The stepper's view: buttons and keys send what is wanted, the model answers with the state of the run.

const BUTTONS = [["first", "|◀", "First (Home)"], ["back", "◀", "Back (Left)"], ["forward", "▶", "Forward (Right)"], ["last", "▶|", "Last (End)"]];
const KEYS = { ArrowRight: "forward", ArrowLeft: "back", Home: "first", End: "last" };

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [k, v] of Object.entries(attributes)) made.setAttribute(k, v);
  made.append(...children);
  return made;
}

function render({ model, el }) {
  const send = (message) => model.send(message);
  const root = element("div", { class: "tfnb-stepper", tabindex: "0", role: "group", "aria-label": "Stepper: right and left step, home and end jump" });
  const bar = element("div", { class: "tfnb-bar", role: "toolbar", "aria-label": "Steps" });
  for (const [verb, sign, label] of BUTTONS) {
    const button = element("button", { type: "button", title: label, "aria-label": label, "data-do": verb }, sign);
    button.addEventListener("click", () => send({ do: verb }));
    bar.append(button);
  }
  const slider = element("input", { type: "range", min: "0", "aria-label": "Position in the run" });
  slider.addEventListener("change", () => send({ do: "to", target: Number(slider.value) }));
  const count = element("span", { class: "tfnb-count" });
  bar.append(slider, count);
  const says = element("p", { class: "tfnb-says", "aria-live": "polite" });
  const problem = element("p", { class: "tfnb-problem", role: "alert" });
  const graph = element("div", { class: "tfnb-graph" });
  const code = element("pre", { class: "tfnb-code", tabindex: "0", "aria-label": "The generated step" });
  const choice = element("select", { "aria-label": "Tensor to look at" });
  choice.addEventListener("change", () => send({ do: "select", tensor: choice.value }));
  const picture = element("div", { class: "tfnb-picture" });
  const changes = element("p", { class: "tfnb-changes" });
  root.append(bar, says, problem, element("div", { class: "tfnb-columns" }, graph,
    element("div", { class: "tfnb-side" }, code, choice, picture, changes)));
  el.append(root);

  root.addEventListener("keydown", (event) => {
    if (event.target.matches("input, select") || !(event.key in KEYS)) return;
    send({ do: KEYS[event.key] });
    event.preventDefault();
    event.stopPropagation();
  });

  function drawGraph() {
    graph.innerHTML = model.get("graph") || "<p>No Graphviz here: the code on the right shows the run.</p>";
    for (const node of graph.querySelectorAll("g.node")) {
      const name = node.id.replace(/^node:/, "");
      node.setAttribute("tabindex", "0");
      node.setAttribute("role", "button");
      node.setAttribute("aria-label", `Run to ${name}`);
      const go = () => send({ do: "to", target: name });
      node.addEventListener("click", go);
      node.addEventListener("keydown", (event) => { if (event.key === "Enter") go(); });
    }
    follow();
  }

  function follow() {
    const [position, total, current] = [model.get("position"), model.get("total"), model.get("current")];
    slider.max = total;
    slider.value = position;
    count.textContent = `step ${position} of ${total}`;
    says.textContent = model.get("explanation");
    problem.textContent = model.get("problem");
    for (const node of graph.querySelectorAll("g.node")) {
      node.classList.toggle("tfnb-current", node.id === "node:" + current);
    }
    const marked = graph.querySelector("g.tfnb-current");
    if (marked) {
      const [box, view] = [marked.getBoundingClientRect(), graph.getBoundingClientRect()];
      graph.scrollLeft += box.left + box.width / 2 - view.left - view.width / 2;
      graph.scrollTop += box.top + box.height / 2 - view.top - view.height / 2;
    }
    code.replaceChildren(...model.get("code").map((text, i) => {
      const line = element("span", { class: "tfnb-line" }, text + "\n");
      if (i + 1 === model.get("line")) {
        line.classList.add("tfnb-next");
        line.setAttribute("aria-current", "step");
      } else if (i > 0 && i + 1 < model.get("line")) line.classList.add("tfnb-done");
      return line;
    }));
    const next = code.querySelector(".tfnb-next");
    if (next) code.scrollTop = next.offsetTop - code.clientHeight / 2;
    choice.replaceChildren(...model.get("values").map((name) => element("option", { value: name }, name)));
    choice.value = model.get("selected");
    picture.innerHTML = model.get("picture");
    changes.textContent = model.get("changes").map((c) => `${c.variable} is now ${c.after}`).join("; ");
    for (const button of bar.querySelectorAll("button")) {
      const verb = button.dataset.do;
      button.disabled = verb === "back" || verb === "first" ? position === 0 : position === total;
    }
  }

  model.on("change:graph", drawGraph);
  for (const key of ["position", "line", "current", "explanation", "values", "selected", "picture", "changes", "problem"]) model.on("change:" + key, follow);
  drawGraph();
  // The picture that stays in the saved notebook is an output of its own: while the view is alive, it is not needed.
  root.append(element("style", {}, `.tfnb-static[data-model="${model.get("key")}"] { display: none; }`));
}

export default { render };
