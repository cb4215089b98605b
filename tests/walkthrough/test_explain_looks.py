"""How the step-by-step page looks in a real browser: zoom, colours, contrast, small screens.

It needs what test_explain_browser.py needs.
"""

from typing import Any

import pytest

from tests.support.explain_graphs import deep, neuron
from tests.support.explain_session import Session

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.slow


def zoomed(session: Session) -> tuple[float, float, float]:
    found = session.page.evaluate("[view.x, view.y, view.scale]")
    return tuple(found)


def test_pan_and_zoom(visit: Any) -> None:
    session = visit(neuron())
    page = session.page
    page.click("#fit")
    x, y, scale = zoomed(session)
    page.click("#zoom-in")
    assert zoomed(session)[2] == pytest.approx(1.25 * scale)
    page.click("#zoom-out")
    assert zoomed(session) == pytest.approx((x, y, scale))
    page.mouse.move(100, 120)
    page.mouse.down()
    page.mouse.move(160, 150, steps=4)
    page.mouse.up()
    assert zoomed(session) == pytest.approx((x + 60, y + 30, scale))
    page.mouse.wheel(0, -60)
    session.until(f"view.scale > {scale * 1.1}")
    page.keyboard.press("0")
    assert zoomed(session) == pytest.approx((x, y, scale))


def test_a_drag_over_a_node_is_no_click(visit: Any) -> None:
    session = visit(neuron())
    box = session.page.locator("#n0").bounding_box()
    session.page.mouse.move(box["x"] + 9, box["y"] + 9)
    session.page.mouse.down()
    session.page.mouse.move(box["x"] + 49, box["y"] + 29, steps=3)
    session.page.mouse.up()
    assert session.page.locator("#close").is_hidden()
    session.page.locator("#n0").dispatch_event("click")  # as a screen reader clicks
    assert session.page.locator("#close").is_visible()


def test_two_fingers_zoom(visit: Any) -> None:
    session = visit(neuron(), has_touch=True)
    client = session.context.new_cdp_session(session.page)
    before = zoomed(session)[2]

    def touch(kind: str, *points: tuple[float, float]) -> None:
        at = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(points)]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    touch("touchStart", (300, 300), (400, 300))
    touch("touchMove", (280, 300), (420, 300))
    touch("touchMove", (250, 300), (450, 300))
    touch("touchEnd")
    session.until("pointers.size === 0")
    assert zoomed(session)[2] == pytest.approx(2.0 * before, rel=0.1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_follows_the_colour_scheme_until_told(visit: Any, scheme: str) -> None:
    session = visit(neuron(), color_scheme=scheme)
    page = session.page
    colours = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(colours)
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    page.click("#theme")
    other = {"light": "dark", "dark": "light"}[scheme]
    assert page.evaluate("document.documentElement.dataset.theme") == other
    assert page.evaluate(colours) != before
    pressed = page.locator("#theme").get_attribute("aria-pressed")
    assert pressed == ("true" if other == "dark" else "false")


CONTRAST = """() => {
  const parse = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255;
    return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b; };
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + .05) / (y + .05); };
  const found = [];
  const paper = (e) => { for (let p = e; p; p = p.parentElement) {
    const c = parse(getComputedStyle(p).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c; } };
  for (const e of document.querySelectorAll("h1, h1 span, h2, p, dt, dd, li, .number, .rule, "
      + ".case, .ends span, .speed, .legend span, button:enabled, select"))
    if (e.offsetParent && e.textContent.trim())
      found.push([e.textContent, ratio(parse(getComputedStyle(e).color), paper(e))]);
  for (const e of document.querySelectorAll(".node")) {
    const card = parse(getComputedStyle(e.querySelector(".card")).fill);
    const tint = e.querySelector(".tint"), colour = parse(getComputedStyle(tint).fill);
    const share = Number(tint.getAttribute("fill-opacity"));
    const mixed = card.slice(0, 3).map((c, k) => c * (1 - share) + colour[k] * share);
    for (const text of e.querySelectorAll("text, tspan"))
      found.push([text.textContent, ratio(parse(getComputedStyle(text).fill), mixed)]);
  }
  for (const e of document.querySelectorAll(".edge.known text"))
    found.push([e.textContent, ratio(parse(getComputedStyle(e).fill),
      parse(getComputedStyle(document.getElementById("stage")).backgroundColor))]);
  return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast_enough(visit: Any, scheme: str) -> None:
    session = visit(neuron(), color_scheme=scheme, reduced_motion="reduce")
    session.page.click("#n0")
    for s in (0, 3, session.last() - 3, session.last()):
        session.page.locator("#slider").fill(str(s))
        found = session.page.evaluate(CONTRAST)
        assert len(found) > 30
        assert [pair for pair in found if pair[1] < 4.5] == []


@pytest.mark.parametrize("size", [(1280, 800), (768, 1024), (390, 844)])
def test_nothing_is_cut_off(visit: Any, size: tuple[int, int]) -> None:
    session = visit(neuron(), viewport={"width": size[0], "height": size[1]})
    page = session.page
    for s in range(0, session.last() + 1, 4):
        page.locator("#slider").fill(str(s))
        assert page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        ) == list(size)
        assert page.evaluate("document.getElementById('panel').scrollWidth") <= page.evaluate(
            "document.getElementById('panel').clientWidth"
        )
        for button in page.locator("button:visible").all():
            box = button.bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= size[0]
            assert box["y"] >= 0
    inside = page.evaluate(
        """() => [...document.querySelectorAll(".node")].every((node) => {
             const card = node.querySelector(".card").getBBox();
             return [...node.querySelectorAll("text")].every((text) =>
               text.getBBox().x + text.getBBox().width <= card.x + card.width - 4); })"""
    )
    assert inside


def test_what_is_stepped_to_is_in_sight(visit: Any) -> None:
    session = visit(deep(120), viewport={"width": 390, "height": 844})
    for s in range(0, session.last(), 17):
        session.page.locator("#slider").fill(str(s))
        stage = session.page.locator("#stage").bounding_box()
        for card in session.page.locator(".node.active").all()[:1]:
            box = card.bounding_box()
            assert stage["x"] - box["width"] < box["x"] < stage["x"] + stage["width"]


def test_motion_is_left_out_where_it_is_not_wanted(visit: Any) -> None:
    for motion, animated in (("reduce", "none"), ("no-preference", "flow")):
        session = visit(neuron(), reduced_motion=motion)
        session.page.keyboard.press("End")
        session.page.keyboard.press("ArrowLeft")
        style = "getComputedStyle(document.querySelector('.edge.active path')).animationName"
        assert session.page.evaluate(style) == animated
