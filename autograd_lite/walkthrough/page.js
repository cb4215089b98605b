// The steps of the page and what they show. view.js, which runs before this, pans and zooms.

// The data that `explain` computed. Step 0 shows the inputs; then follow one step per operation in
// `forward`, the seed, one step per product in `backward`, and a last step that shows the result.
const data = JSON.parse(document.getElementById("data").textContent);
const { nodes, edges, forward, backward } = data;
const SEED = forward.length + 1;
const LAST = SEED + backward.length + 1;
const READABLE = 0.95; // the smallest scale at which all letters are readable

const cards = nodes.map((_, i) => $("n" + i));
const arrows = edges.map((_, e) => $("e" + e));
const tints = cards.map((card) => card.querySelector(".tint"));
const gradTexts = cards.map((card) => card.querySelector(".grad"));

// The edges into each node, and out of it.
const incoming = nodes.map(() => []);
const outgoing = nodes.map(() => []);
edges.forEach((edge, e) => {
  incoming[edge.to].push(e);
  outgoing[edge.from].push(e);
});

// For each product: the gradient that it is added to, and its number among the node's products.
const before = [];
const order = [];
const sums = nodes.map((_, i) => (i === data.root ? "1.0" : "0.0"));
const counts = nodes.map(() => 0);
for (const [e, total] of backward) {
  const i = edges[e].from;
  before.push(sums[i]);
  order.push((counts[i] += 1));
  sums[i] = total;
}

let step = 0;
let active = [];
let inspected = null;
let timer = null;

// Numbers, as Python writes them

function toNumber(text) {
  return text.endsWith("inf") ? (text[0] === "-" ? -Infinity : Infinity) : Number(text);
}

function digits(text, most) {
  const x = toNumber(text);
  if (!Number.isFinite(x)) return text;
  const rounded = x.toPrecision(most);
  return rounded.includes(".") ? rounded.replace(/\.?0+(?=e|$)/, "") : rounded;
}

const short = (text) => digits(text, 4);
const spoken = (text) => short(text).replaceAll("-", "−"); // lines do not break after this minus
const second = (text) => (text[0] === "-" ? `(${text})` : text);

// Elements; every text is inserted as text, never as markup

function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

function number(text) {
  return make("span", "number", text);
}

/** A derivative such as d(root)/d(node), shown as a fraction; screen readers read a phrase. */
function fraction(above, below) {
  const both = make("span", "fraction", make("span", "", "∂" + above), make("span", "", "∂" + below));
  both.setAttribute("role", "img");
  both.setAttribute("aria-label", `the derivative of ${above} with respect to ${below}`);
  return both;
}

function row(term, ...definition) {
  return make("div", "", make("dt", "", ...term), make("dd", "", ...definition));
}

const label = (i) => nodes[i].label;
const adjoint = (i) => fraction(label(data.root), label(i));
const partial = (edge) => fraction(label(edge.to), label(edge.from));

function ruleParts(edge) {
  const { rule } = edge;
  const parts = [];
  const rounded = digits(edge.partial, 6);
  const plain = (text) => !text || text === rounded || toNumber(text) === toNumber(rounded);
  if (rule && !plain(rule.text)) parts.push(make("span", "rule", rule.text));
  if (rule && !plain(rule.numbers)) parts.push(make("span", "rule", "= " + rule.numbers));
  parts.push(number((parts.length ? "= " : "") + edge.partial));
  if (rule?.case) parts.push(make("span", "case", "since " + rule.case));
  if (rule?.computed) parts.push(make("span", "case", "computed as " + rule.computed));
  return parts;
}

function equation(i) {
  const { formula, numbers, value } = nodes[i];
  const line = make("div", "math", label(i) + " = " + formula);
  if (numbers !== formula) line.append(make("span", "then", "= " + numbers));
  line.append(make("span", "then", "= ", number(value)));
  return line;
}

function scopeOf(i) {
  const { scope } = nodes[i];
  return scope ? [make("p", "fact", "in " + scope)] : [];
}

// The text of a step: a heading, a class, a sentence, and the formulas

function startText() {
  const leaves = nodes.filter((node) => !node.formula).length;
  const inputs = leaves === 1 ? "The input has its value" : `The ${leaves} inputs have their values`;
  const next = forward.length ? "Each step forward computes one operation." : "It is the result itself.";
  return ["Start", "", `${inputs}. ${next}`, []];
}

function forwardText(s) {
  const i = forward[s - 1];
  const list = make("dl", "");
  for (const e of incoming[i]) {
    const edge = edges[e];
    const unused = edge.partial === null ? [make("span", "none", edge.none)] : ruleParts(edge);
    list.append(row([partial(edge)], ...unused));
  }
  const work = [equation(i), ...scopeOf(i)];
  if (incoming[i].length) work.push(make("p", "fact", "Local derivatives, kept for the backward pass:"), list);
  const sentence = `${label(i)} = ${nodes[i].formula} has the value ${spoken(nodes[i].value)}.`;
  return [`Forward · ${s} of ${forward.length}`, "forward-step", sentence, work];
}

function seedText() {
  const name = label(data.root);
  const line = make("div", "math", fraction(name, name), " = ", number("1.0"));
  return ["Backward · seed", "backward-step", `The derivative of ${name} with respect to itself is 1.`, [line]];
}

function backwardText(s) {
  const k = s - SEED - 1;
  const [e, total] = backward[k];
  const edge = edges[e];
  const giver = nodes[edge.to];
  const line = make("div", "math", adjoint(edge.from), " gains ", adjoint(edge.to), " · ", partial(edge));
  const list = make("dl", "");
  const sum = row(["sum"], number(`${before[k]} + ${second(edge.product)}`), make("br"), number("= " + total));
  sum.className = "total";
  list.append(
    row(["adjoint", adjoint(edge.to)], number(giver.grad)),
    row(["partial", partial(edge)], ...ruleParts(edge)),
    row(["product"], number(`${giver.grad} × ${second(edge.partial)}`), make("br"), number("= " + edge.product)),
    sum,
  );
  const all = counts[edge.from];
  const share = all === 1 ? "its only contribution" : `contribution ${order[k]} of ${all}`;
  const sentence =
    `${label(edge.from)} receives ${spoken(edge.product)} from ${label(edge.to)} (${share}); ` +
    `its gradient is now ${spoken(total)}.`;
  return [`Backward · ${k + 1} of ${backward.length}`, "backward-step", sentence, [line, list]];
}

function resultText() {
  const list = make("dl", "leaves");
  const leaves = nodes.map((_, i) => i).filter((i) => !nodes[i].formula);
  for (const i of leaves.slice(0, 100)) list.append(row([adjoint(i)], number(nodes[i].grad)));
  const work = [list];
  if (leaves.length > 100) work.push(make("p", "fact", `… and ${leaves.length - 100} more`));
  const sentence = `Done: all products are added. The gradient of ${label(data.root)}:`;
  return ["Backward · result", "backward-step", sentence, work];
}

function stepText(s) {
  if (s === 0) return startText();
  if (s < SEED) return forwardText(s);
  if (s === SEED) return seedText();
  return s < LAST ? backwardText(s) : resultText();
}

function fill([heading, className, sentence, work]) {
  $("phase").textContent = heading;
  $("panel").className = className;
  $("sentence").textContent = sentence;
  $("work").replaceChildren(...work);
  $("panel").scrollTop = 0;
}

function describe() {
  const text = stepText(step);
  fill(text);
  const slider = $("slider");
  slider.value = step;
  slider.setAttribute("aria-valuetext", `${text[0]}. ${text[2]}`);
  $("count").textContent = `${step} / ${LAST}`;
  $("first").disabled = $("previous").disabled = step === 0;
  $("last").disabled = $("next").disabled = step === LAST;
}

// The picture; only what changes between two steps is updated

const largest = Math.max(
  ...backward.map(([, total]) => Math.abs(toNumber(total))).filter(Number.isFinite),
  1,
);

/** Return the opacity of a gradient's colour, 0 to 1: a fifth less for each factor of ten. */
function strength(x) {
  if (x === 0) return 0;
  if (!Number.isFinite(x)) return 1;
  return Math.max(0.12, 1 + (Math.log10(Math.abs(x)) - Math.log10(largest)) / 5);
}

function showGradient(i, text) {
  const x = toNumber(text);
  gradTexts[i].textContent = "grad " + short(text);
  const kind = Number.isFinite(x) ? (x > 0 ? "plus" : x < 0 ? "minus" : "") : "odd";
  for (const name of ["plus", "minus", "odd"]) cards[i].classList.toggle(name, name === kind);
  tints[i].setAttribute("fill-opacity", Number((0.42 * strength(x)).toFixed(3)));
}

/** Do step s or undo it. New gradients go into a map, since many steps may change the same one. */
function turn(s, on, gradients) {
  if (s < SEED) {
    const i = forward[s - 1];
    cards[i].classList.toggle("known", on);
    for (const e of incoming[i]) arrows[e].classList.toggle("known", on);
  } else if (s === SEED) {
    graph.classList.toggle("backward", on);
    gradients.set(data.root, on ? "1.0" : "0.0");
  } else if (s < LAST) {
    const k = s - SEED - 1;
    const [e, total] = backward[k];
    arrows[e].classList.toggle("done", on);
    gradients.set(edges[e].from, on ? total : before[k]);
  }
}

function partsOf(s) {
  if (s > 0 && s < SEED) return [cards[forward[s - 1]], ...incoming[forward[s - 1]].map((e) => arrows[e])];
  if (s === SEED) return [cards[data.root]];
  if (s <= SEED || s === LAST) return [];
  const e = backward[s - SEED - 1][0];
  return [cards[edges[e].from], cards[edges[e].to], arrows[e]];
}

function go(target) {
  const to = Math.min(LAST, Math.max(0, target));
  const gradients = new Map();
  for (let s = step + 1; s <= to; s++) turn(s, true, gradients);
  for (let s = step; s > to; s--) turn(s, false, gradients);
  step = to;
  for (const [i, text] of gradients) showGradient(i, text);
  for (const part of active) part.classList.remove("active");
  active = partsOf(step);
  for (const part of active) part.classList.add("active");
  if (inspected === null) describe();
  else select(null);
  if (active.length) reveal(active.filter((part) => part.classList.contains("node")));
  if (step === LAST) pause();
}

// Play

function pause() {
  clearInterval(timer);
  timer = null;
  document.body.classList.remove("playing");
  $("play").setAttribute("aria-label", "Play");
  $("sentence").setAttribute("aria-live", "polite");
}

function play() {
  if (step === LAST) go(0);
  clearInterval(timer);
  timer = setInterval(() => go(step + 1), Number($("speed").value));
  document.body.classList.add("playing");
  $("play").setAttribute("aria-label", "Pause");
  $("sentence").setAttribute("aria-live", "off"); // a screen reader could not keep up
  go(step + 1);
}

function walk(target) {
  pause();
  go(target);
}

// One node: every contribution to its gradient

function contribution(edge) {
  const line = make("li", "", "through " + label(edge.to) + ": ");
  if (edge.none) {
    line.append(make("span", "none", edge.none));
    return line;
  }
  line.append(adjoint(edge.to), " · ", partial(edge), make("br"));
  line.append(number(`${nodes[edge.to].grad} × ${second(edge.partial)}`), make("br"), number("= " + edge.product));
  return line;
}

function nodeText(i) {
  const node = nodes[i];
  const work = [node.formula ? equation(i) : make("div", "math", node.label + " = ", number(node.value))];
  work.push(...scopeOf(i));
  if (node.source) work.push(make("p", "fact", "recorded at " + node.source));
  const list = make("ol", "", ...outgoing[i].map((e) => contribution(edges[e])));
  if (i === data.root) list.prepend(make("li", "", "the result itself: ", number("1.0")));
  work.push(list, make("div", "math sum", adjoint(i), " = ", number(node.grad)));
  const parts = counts[i] + (i === data.root ? 1 : 0);
  const sum = parts === 1 ? "from one contribution" : `the sum of ${parts} contributions`;
  const heading = "Node " + (node.name || node.label) + (node.op ? ` (${node.op})` : ", an input");
  const sentence = parts
    ? `Its gradient is ${spoken(node.grad)}, ${sum}.`
    : "Its gradient is 0: it has no contributions.";
  return [heading, "inspecting", sentence, work];
}

/** Show node i in place of the step, or the step again if i is null. */
function select(i) {
  if (inspected !== null) mark(inspected, false);
  inspected = i;
  $("close").hidden = i === null;
  $("hint").hidden = i !== null;
  if (i === null) {
    describe();
    return;
  }
  pause();
  mark(i, true);
  fill(nodeText(i));
}

function mark(i, on) {
  cards[i].classList.toggle("inspected", on);
  cards[i].setAttribute("aria-pressed", String(on));
}

// Keys and buttons

const KEYS = {
  ArrowRight: () => walk(step + 1),
  ArrowLeft: () => walk(step - 1),
  Home: () => walk(0),
  End: () => walk(LAST),
  " ": () => (timer ? pause() : play()),
  "+": () => zoom(1.25),
  "=": () => zoom(1.25),
  "-": () => zoom(0.8),
  0: () => fit(),
  Escape: () => inspected !== null && select(null),
};

document.addEventListener("keydown", (event) => {
  const { target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  if (target.closest("select") || (event.key === " " && target.closest("button, .node"))) return;
  if (target === $("slider") && event.key !== " " && event.key !== "Escape") return;
  event.preventDefault();
  KEYS[event.key]();
});

function setUpNode(card, i) {
  const node = nodes[i];
  const heading = card.querySelector(".heading");
  const named = node.formula === undefined || node.name;
  if (node.symbol) heading.append(node.symbol + " ");
  const name = document.createElementNS(heading.namespaceURI, "tspan");
  name.textContent = node.label;
  if (!named) name.setAttribute("class", "label");
  heading.append(name);
  card.querySelector(".value").textContent = "value " + short(node.value);
  gradTexts[i].textContent = "grad 0";
  card.classList.toggle("leaf", !node.formula);
  card.classList.toggle("known", !node.formula);
  const what = node.formula ? `${node.label} = ${node.formula}` : `${node.label}, an input`;
  card.setAttribute("aria-label", `${what}, value ${short(node.value)}`);
  card.setAttribute("aria-pressed", "false");
  card.addEventListener("click", (event) => {
    if (event.detail === 0 || travelled <= 4) select(i); // not after a drag; detail is 0 for a click without a pointer
  });
  card.addEventListener("focus", () => {
    if (!card.matches(":focus-visible")) return; // the click handler does the rest
    select(i);
    reveal([card]);
  });
  card.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    select(i);
  });
}

function setUpEdge(arrow, e) {
  const edge = edges[e];
  const text = arrow.querySelector("text");
  if (text) text.textContent = edge.partial === null ? edge.none : short(edge.partial);
  arrow.classList.toggle("unused", Boolean(edge.none));
}

function drawPhases() {
  const share = (100 * SEED) / (LAST + 1);
  const [first, second] = $("phases").children;
  first.setAttribute("width", `${Math.max(0, share - 0.4)}%`);
  second.setAttribute("x", `${share}%`);
  second.setAttribute("width", `${100 - share}%`);
}

function setTheme(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  $("theme").setAttribute("aria-pressed", String(dark));
}

const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");
setTheme(prefersDark.matches);
prefersDark.addEventListener("change", (event) => setTheme(event.matches));
$("theme").addEventListener("click", () => setTheme(document.documentElement.dataset.theme !== "dark"));

cards.forEach(setUpNode);
arrows.forEach(setUpEdge);
drawPhases();
$("odd").hidden = nodes.every((node) => Number.isFinite(toNumber(node.grad)));
$("of").textContent = "· " + (nodes[data.root].name || `${nodes.length} nodes`);
document.title = "Step by step · " + (nodes[data.root].name || `${nodes.length} nodes`);
$("slider").max = LAST;
$("slider").addEventListener("input", (event) => walk(Number(event.target.value)));
$("first").addEventListener("click", () => walk(0));
$("previous").addEventListener("click", () => walk(step - 1));
$("next").addEventListener("click", () => walk(step + 1));
$("last").addEventListener("click", () => walk(LAST));
$("play").addEventListener("click", () => (timer ? pause() : play()));
$("speed").addEventListener("change", () => timer && play());
$("zoom-in").addEventListener("click", () => zoom(1.25));
$("zoom-out").addEventListener("click", () => zoom(0.8));
$("fit").addEventListener("click", () => fit());
$("close").addEventListener("click", () => {
  const card = cards[inspected];
  select(null);
  card.focus({ preventScroll: true });
});
window.addEventListener("resize", () => fit(READABLE));

fit(READABLE);
go(0);
