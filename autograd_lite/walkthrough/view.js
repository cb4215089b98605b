"use strict";

// Pan and zoom the picture.

const $ = (id) => document.getElementById(id);
const graph = $("graph");
const size = { width: Number(graph.dataset.width), height: Number(graph.dataset.height) };
const view = { x: 0, y: 0, scale: 1 };
const pointers = new Map();
let travelled = 0;

function place(x, y, scale) {
  Object.assign(view, { x, y, scale });
  $("view").setAttribute("transform", `translate(${x.toFixed(2)} ${y.toFixed(2)}) scale(${scale.toFixed(4)})`);
}

function fitScale() {
  const box = graph.getBoundingClientRect();
  return Math.min(1.5, (box.width - 32) / size.width, (box.height - 72) / size.height);
}

function fit(least = 0) {
  const box = graph.getBoundingClientRect();
  const scale = Math.max(fitScale(), least);
  const y = (box.height - 40 - size.height * scale) / 2;
  place(Math.max(16, (box.width - size.width * scale) / 2), y, scale);
}

function zoom(factor, x, y) {
  const box = graph.getBoundingClientRect();
  const [cx, cy] = [x ?? box.width / 2, y ?? box.height / 2];
  const scale = Math.min(4, Math.max(Math.min(0.05, fitScale()), view.scale * factor));
  const ratio = scale / view.scale;
  place(cx - (cx - view.x) * ratio, cy - (cy - view.y) * ratio, scale);
}

/** Centre these elements in each direction in which they are out of sight. */
function reveal(parts) {
  const box = graph.getBoundingClientRect();
  const boxes = parts.map((part) => part.getBoundingClientRect());
  const shift = (low, high, from, to) => (low >= from && high <= to ? 0 : (from + to - low - high) / 2);
  const low = (side) => Math.min(...boxes.map((b) => b[side]));
  const high = (side) => Math.max(...boxes.map((b) => b[side]));
  const dx = shift(low("left"), high("right"), box.left + 8, box.right - 8);
  const dy = shift(low("top"), high("bottom"), box.top + 8, box.bottom - 52);
  if (dx || dy) place(view.x + dx, view.y + dy, view.scale);
}

function position(event) {
  const box = graph.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

function pointerMoved(event) {
  const old = pointers.get(event.pointerId);
  if (!old) return;
  if (!event.buttons) { // the button was released outside the window
    pointerGone(event);
    return;
  }
  const now = position(event);
  pointers.set(event.pointerId, now);
  travelled += Math.abs(now.x - old.x) + Math.abs(now.y - old.y);
  const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
  if (other) {
    const distance = (p) => Math.hypot(p.x - other.x, p.y - other.y) || 1;
    zoom(distance(now) / distance(old), (now.x + other.x) / 2, (now.y + other.y) / 2);
  }
  const share = other ? 0.5 : 1;
  if (travelled > 4) place(view.x + (now.x - old.x) * share, view.y + (now.y - old.y) * share, view.scale);
}

function pointerGone(event) {
  pointers.delete(event.pointerId);
  graph.classList.toggle("dragging", pointers.size > 0);
}

graph.addEventListener("pointerdown", (event) => {
  if (!pointers.size) travelled = 0;
  pointers.set(event.pointerId, position(event));
  graph.classList.add("dragging");
});
window.addEventListener("pointermove", pointerMoved);
window.addEventListener("pointerup", pointerGone);
window.addEventListener("pointercancel", pointerGone);
graph.addEventListener("wheel", (event) => {
  event.preventDefault();
  const { x, y } = position(event);
  zoom(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) / 300), x, y);
}, { passive: false });
