"""The step-by-step page in a real browser: headless Chromium, driven by Playwright.

It needs `pip install -e . --group browser` and Chromium, from Debian's package `chromium` or from
`playwright install chromium`. Without either, every test here is skipped, visibly.
"""

import re
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite._util.text import shown
from autograd_lite.core.order import topological_order
from tests.support.explain_graphs import GRAPHS, deep, infinite, neuron
from tests.support.hostile import HOSTILE, named_primitive

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.slow


def four(x: float) -> float:
    """As the picture rounds."""
    return float(f"{x:.4g}")


def numbers(text: str) -> list[float]:
    """The numbers of a line such as "1.0 × (-3.0)"."""
    return [float(x) for x in re.findall(r"-?(?:\d+\.?\d*(?:e[-+]?\d+)?|inf)|nan", text)]


def same(x: float, y: float) -> bool:
    return repr(x) == repr(y)


def expected(v: ag.Value) -> tuple[list[float], list[list[tuple[float, float]]]]:
    """The engine's gradient of each node, and (adjoint, partial) of each product that makes it."""
    order = topological_order(v)
    index = {id(x): i for i, x in enumerate(order)}
    v.backward()
    products: list[list[tuple[float, float]]] = [[] for _ in order]
    reached = {id(v)}
    for x in reversed(order):
        if id(x) in reached:
            for parent, d in x.edges(x.grad):
                reached.add(id(parent))
                products[index[id(parent)]].append((float(x.grad), d))
    return [float(x.grad) for x in order], products


@pytest.mark.parametrize("graph", GRAPHS)
def test_every_number_of_the_forward_pass_is_the_engines(visit: Any, graph: Any) -> None:
    v = graph()
    session = visit(v)
    for i, node in enumerate(topological_order(v)):
        if node.op:
            session.page.keyboard.press("ArrowRight")
            assert session.text("#work .math > .then:last-child") == f"= {node.data!r}"
            card = session.cards()[i]
            assert card["active"] and card["known"]
        assert same(float(session.cards()[i]["value"].split()[1]), four(node.data))
    assert session.text("#phase").startswith("Forward" if v.op else "Start")


@pytest.mark.parametrize("graph", GRAPHS)
def test_every_number_of_the_backward_pass_is_the_engines(visit: Any, graph: Any) -> None:
    v = graph()
    session = visit(v)
    grads, products = expected(v)
    page = session.page
    seed = page.evaluate("SEED")
    page.locator("#slider").fill(str(seed))
    sums = [1.0 if card["active"] else 0.0 for card in session.cards()]
    assert sum(sums) == 1.0
    for s in range(seed + 1, session.last()):
        page.keyboard.press("ArrowRight")
        rows = page.locator("#work dd")
        adjoint, partial = (numbers(rows.nth(k).locator(".number").inner_text())[0] for k in (0, 1))
        factors, product = map(numbers, rows.nth(2).locator(".number").all_inner_texts())
        addends, total = map(numbers, rows.nth(3).locator(".number").all_inner_texts())
        i = page.evaluate("edges[backward[step - SEED - 1][0]].from")
        assert session.step() == s
        assert list(map(repr, factors)) == list(map(repr, (adjoint, partial)))
        k = [repr(pair) for pair in products[i]].index(repr((adjoint, partial)))
        del products[i][k]
        assert same(product[0], partial * adjoint)
        assert list(map(repr, addends)) == list(map(repr, (sums[i], product[0])))
        sums[i] += product[0]
        assert same(total[0], sums[i])
        assert same(float(session.cards()[i]["grad"].split()[1]), four(sums[i]))
    assert not any(products)
    assert list(map(repr, sums)) == list(map(repr, grads))
    page.keyboard.press("End")
    for card, grad in zip(session.cards(), grads, strict=True):
        assert float(card["grad"].split()[1]) == four(grad) or grad != grad
        kind = "" if grad == 0 else "plus" if grad > 0 else "minus"
        assert card["known"] and card["kind"] == (kind if grad - grad == 0.0 else "odd")


def test_buttons_and_keys_step(visit: Any) -> None:
    session = visit(neuron())
    page, last = session.page, session.last()
    seen = []
    for move in (
        lambda: page.click("#next"),
        lambda: page.keyboard.press("ArrowRight"),
        lambda: page.click("#previous"),
        lambda: page.keyboard.press("ArrowLeft"),
        lambda: page.keyboard.press("End"),
        lambda: page.keyboard.press("ArrowRight"),
        lambda: page.keyboard.press("Home"),
        lambda: page.click("#last"),
        lambda: page.click("#first"),
    ):
        move()
        seen.append(session.step())
    assert seen == [1, 2, 1, 0, last, last, 0, last, 0]
    assert page.locator("#first").is_disabled() and page.locator("#previous").is_disabled()
    page.keyboard.press("End")
    assert page.locator("#last").is_disabled() and page.locator("#next").is_disabled()


def test_a_jump_ends_as_single_steps_do(visit: Any) -> None:
    session = visit(neuron())
    last = session.last()
    walked = [session.picture()]
    for _ in range(last):
        session.page.keyboard.press("ArrowRight")
        walked.append(session.picture())
    assert len(set(walked)) == len(walked)
    for s in (0, last, 3, last - 2, last - 7, 12, 1, last, 5, 0):
        session.page.locator("#slider").fill(str(s))
        assert session.step() == s
        assert session.picture() == walked[s]


def test_the_slider_has_keys_of_its_own_and_says_where_it_is(visit: Any) -> None:
    session = visit(neuron())
    slider = session.page.locator("#slider")
    slider.focus()
    session.page.keyboard.press("ArrowRight")
    session.page.keyboard.press("ArrowUp")
    assert session.step() == 2
    said = slider.get_attribute("aria-valuetext")
    assert said == f"{session.text('#phase')}. {session.text('#sentence')}"
    assert said.startswith("Forward · 2 of ")


def test_play_runs_to_the_end_and_stops(visit: Any) -> None:
    session = visit(ag.Value(2.0) * 3.0)
    page = session.page
    page.select_option("#speed", "300")
    page.locator("h1").click()
    page.keyboard.press(" ")
    assert page.locator("#play").get_attribute("aria-label") == "Pause"
    assert page.locator("#sentence").get_attribute("aria-live") == "off"
    session.until("step === LAST && timer === null")
    assert page.locator("#play").get_attribute("aria-label") == "Play"
    assert page.locator("#sentence").get_attribute("aria-live") == "polite"
    page.click("#play")  # from the start again
    assert session.step() < session.last()
    page.click("#play")
    assert page.evaluate("timer") is None


def test_a_click_shows_every_contribution(visit: Any) -> None:
    x, y = ag.Value(3.0, name="x"), ag.Value(-2.0, name="y")
    z = x * x * y + ag.relu(y) * x
    session = visit(z)
    z.backward()
    session.page.click("#n0")
    assert session.text("#phase") == "Node x, an input"
    # the border of the card shows what is chosen, and no browser's own frame beside it
    style = "getComputedStyle(document.querySelector('#n0')).outlineStyle"
    assert session.page.evaluate(style) == "none"
    items = session.page.locator("#work li").all_inner_texts()
    assert len(items) == 3
    products = [numbers(item.splitlines()[-1])[-1] for item in items]
    assert sum(products) == x.grad == numbers(session.text("#work .sum").split("=")[1])[0]
    session.page.click("#n2")
    assert "not chosen" in session.text("#work")
    assert session.page.locator("#n0").get_attribute("aria-pressed") == "false"
    session.page.keyboard.press("Escape")
    assert session.page.locator("#close").is_hidden()


def test_a_node_and_its_step_say_which_scopes_they_stand_in(visit: Any) -> None:
    x = ag.Value(3.0, name="x")
    with ag.scope("<b>outer"), ag.scope("long" * 100):
        y = x * x
    session = visit(y)
    title = "in <b>outer / " + "long" * 100
    session.page.keyboard.press("ArrowRight")
    for select in (lambda: None, lambda: session.page.click("#n1")):
        select()
        [shown_title] = session.page.locator("#work .fact").all_inner_texts()[:1]
        assert shown_title == title[:203] + "…"
        width = "[document.getElementById('panel').%s]"
        assert session.page.evaluate(width % "scrollWidth") == session.page.evaluate(
            width % "clientWidth"
        )
    session.page.click("#n0")
    assert session.page.locator("#work .fact").count() == 0


def test_what_is_not_finite_has_a_colour_of_its_own(visit: Any) -> None:
    session = visit(infinite())
    assert session.page.locator("#odd").is_visible()
    session.page.keyboard.press("End")
    assert [card["kind"] for card in session.cards()][:2] == ["odd", "odd"]
    session.page.locator("#slider").fill(str(session.last() - 2))
    assert session.page.locator("#work dd").nth(1).inner_text() == "inf"
    assert visit(neuron()).page.locator("#odd").is_hidden()


def test_the_result_itself_is_a_contribution(visit: Any) -> None:
    session = visit(ag.Value(3.0, name="x"))
    session.page.click("#n0")
    assert "the result itself: 1.0" in session.text("#work")


def test_the_keyboard_alone_is_enough(visit: Any) -> None:
    session = visit(neuron())
    page = session.page
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
        style = page.evaluate(
            """() => { const e = document.activeElement; const s = getComputedStyle(e);
                 const card = e.querySelector(".card");
                 return card ? getComputedStyle(card).strokeWidth : s.outlineWidth; }"""
        )
        assert style in ("3px", "4px"), reached
    # buttons that do nothing yet are left out
    assert reached[:6] == ["theme", "play", "next", "last", "slider", "speed"]
    assert reached[6:9] == ["panel", "n0", "n1"]
    assert session.text("#phase").startswith("Node")
    page.keyboard.press("ArrowRight")
    assert session.step() == 1
    page.locator("#n0").focus()
    page.keyboard.press("Enter")
    assert session.text("#phase") == "Node x, an input"
    page.keyboard.press("+")
    page.keyboard.press("0")
    page.locator("#next").focus()
    page.keyboard.press(" ")
    assert session.step() == 2 and page.evaluate("timer") is None


def test_screen_readers_have_names_for_everything(visit: Any) -> None:
    session = visit(neuron())
    nameless = session.page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, [role], [tabindex='0']")]
             .filter((e) => !(e.getAttribute("aria-label") || e.closest("label")
                              || e.getAttribute("aria-labelledby"))).map((e) => e.outerHTML)"""
    )
    assert nameless == []
    assert session.page.locator("#n0").get_attribute("aria-label") == "x, an input, value 2"
    session.page.keyboard.press("End")
    session.page.keyboard.press("ArrowLeft")
    spoken = session.page.locator(".math .fraction").first.get_attribute("aria-label")
    assert spoken.startswith("the derivative of ")


def test_hostile_names_do_nothing(visit: Any) -> None:
    results = []
    for text in HOSTILE:
        results.append(named_primitive(text)(ag.Value(2.0, name=text)))
        results[-1].name = text
    session = visit(ag.sum(results))
    page = session.page
    headings = [card["heading"] for card in session.cards()]
    assert headings[: 2 * len(HOSTILE) : 2] == [shown(text, 16) for text in HOSTILE]
    for i, text in enumerate(HOSTILE):
        page.evaluate(f"go({i + 1}); select({2 * i})")
        assert page.locator("#phase").text_content() == f"Node {shown(text, 200)}, an input"
        page.evaluate(f"go(LAST - 1 - {i}); select({2 * i + 1})")
        page.evaluate("go(LAST)")
    for tag, count in {"script": 2, "style": 1, "svg": 8, "img, iframe, table, b, a": 0}.items():
        assert page.locator(tag).count() == count, tag


def test_the_policy_stops_a_script_that_got_in(visit: Any) -> None:
    session = visit(neuron())
    session.page.evaluate(
        """() => { const s = document.createElement("script");
             s.textContent = "window.entered = true"; document.body.append(s);
             const i = new Image(); i.src = "http://127.0.0.1:9/x.png"; }"""
    )
    assert session.page.evaluate("window.entered") is None
    assert len([text for text in session.complaints if "Content Security Policy" in text]) == 2
    session.complaints.clear()
    assert session.requests.pop() == "http://127.0.0.1:9/x.png"  # asked for, and not let out


def test_five_hundred_nodes_change_only_what_a_step_changes(visit: Any) -> None:
    v = deep(500)
    session = visit(v)
    page = session.page
    assert len(session.cards()) >= 490
    changes = page.evaluate(
        """() => { const observer = new MutationObserver(() => {}); const found = [];
             observer.observe(graph, {attributes: true, characterData: true, childList: true,
                                      subtree: true});
             for (let s = 1; s <= LAST; s++) { go(s); found.push(observer.takeRecords().length); }
             return found; }"""
    )
    assert max(changes) < 40
    times = page.evaluate(
        """() => { const found = []; go(0);
             for (let s = 1; s <= LAST; s += s % 100 === 50 ? 51 : 1) {
               if (s % 100 === 1) go(s - 1);
               const t = performance.now(); go(s); found.push(performance.now() - t); }
             for (const s of [0, LAST, 0]) { const t = performance.now(); go(s);
               found.push(performance.now() - t); }
             return found; }"""
    )
    single, far = sorted(times[:-3]), times[-3:]
    # Shown with `pytest -rP`; a bound on the time would fail on a busy machine.
    print(f"{len(session.cards())} nodes, milliseconds of script and layout")
    print(f"one step: median {single[len(single) // 2]:.2f}, largest {single[-1]:.2f}")
    print(f"from end to end: {max(far):.2f}")
