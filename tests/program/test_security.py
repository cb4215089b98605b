"""Names of someone else's making, in pictures, code, messages and files: they stand as text."""

import ast
import re
import tempfile
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite._util.text import shown
from autograd_lite.drawing import renderer
from autograd_lite.drawing.draw import to_dot
from autograd_lite.jit.backend.choose import has_llvm
from autograd_lite.jit.call import fast_path as fast_path_module
from tests.support.cases import loop_over
from tests.support.hostile import HOSTILE, named_primitive

COMPILED = not hasattr(ag.Value.backward, "__code__")  # by mypyc; see docs/compiled-core.md
hostile = loop_over("text", HOSTILE)

SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = {"svg", "g", "a", "title", "text", "polygon", "polyline", "path", "ellipse"}
ATTRIBUTES = {"class", "fill", "height", "id", "transform", "viewBox", "width", "x", "y"}
ATTRIBUTES |= {"cx", "cy", "d", "points", "rx", "ry", "stroke", "stroke-dasharray", "stroke-width"}
ATTRIBUTES |= {"font-family", "font-size", "text-anchor"}
ATTRIBUTES |= {"{http://www.w3.org/1999/xlink}title"}
ATTRIBUTES |= {"{http://www.w3.org/XML/1998/namespace}space"}


@pytest.fixture(autouse=True)
def _temporary(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("tempdir")))


def words(text: str) -> str:
    """With one space for each run of them, as Graphviz writes labels."""
    return " ".join(text.split())


def read_svg(text: str) -> tuple[list[str], list[str]]:
    """The texts and the tooltips of a picture that holds what a picture may hold and no more."""
    assert "<!ENTITY" not in text and "<?xml-stylesheet" not in text
    assert len(text) < 20_000
    texts, tips = [], []
    for element in ET.fromstring(text).iter():
        assert element.tag.removeprefix(SVG) in ELEMENTS
        assert element.attrib.keys() <= ATTRIBUTES
        # an address may stand in a text, and nowhere else
        for name, value in element.attrib.items():
            assert "title" in name or not re.search("://|javascript", value)
        if element.tag == f"{SVG}text":
            texts.append(words(element.text or ""))
        tips.append(words(element.get("{http://www.w3.org/1999/xlink}title", "")))
    return texts, tips


def named_function(text: str, f: Callable[..., Any]) -> Callable[..., Any]:
    f.__name__ = f.__qualname__ = text
    f.__doc__ = f.__module__ = text
    return f


# Pictures


@hostile
def test_a_picture_shows_any_name_as_text(text: str) -> None:
    x = ag.Value(1.5, name=text)
    y = named_primitive(text)(x)
    y.name = text
    y.backward()
    texts, tips = read_svg(ag.draw(y))
    assert texts.count(words(shown(text, 40))) == 3
    assert words(shown(text) + ", data 2.25, grad 1.0") in tips


@given(st.text(st.characters(codec=None), min_size=1))
@settings(max_examples=40)
def test_a_picture_shows_random_names_as_text(text: str) -> None:
    texts, tips = read_svg(ag.draw(named_primitive(text)(ag.Value(1.5))))
    assert words(shown(text, 40)) in texts
    assert words(shown(text) + ", data 2.25") in tips


@hostile
def test_a_node_of_a_jitted_function_shows_its_name_as_text(text: str) -> None:
    f = ag.jit(named_function(text, lambda x: x * x), backend="python")
    texts, _ = read_svg(f(ag.Value(3.0))._repr_svg_())
    assert any(label.startswith(words(f"jit({shown(text)}")[:24]) for label in texts)


@hostile
def test_the_dot_of_any_name_is_one_statement_a_line(text: str) -> None:
    y = named_primitive(text)(ag.Value(1.5, name=text))
    lines = to_dot(y).source.splitlines()
    statement = r'\t(graph|node|edge|n\d( -> n\d)?) \[(\w+=("[^"\\]*"|[\w.]+) ?)+\]'
    assert [re.fullmatch(statement, line) is not None for line in lines] == [
        line not in ("digraph {", "}") for line in lines
    ]
    # of the syntax of labels, the cells of a record alone are ours
    for label in re.findall(r'\tn\d \[.*?label="([^"]*)"', "\n".join(lines)):
        assert re.fullmatch(r"\{[^{}<>\\]*\}(\|\{[^{}<>\\]*\})*", label)


@pytest.mark.skipif(COMPILED, reason="a compiled grad is a double")
@pytest.mark.parametrize("grad", [None, "<b>", "x" * 1_000_000, [1.0], {}, 1j, 3])
def test_a_gradient_of_any_type_is_shown(grad: Any) -> None:
    x = ag.Value(1.0)
    y = x * x
    y.backward()
    x.grad = grad
    wanted = "3" if grad == 3 else repr(grad)
    texts, tips = read_svg(y._repr_svg_())
    assert f"grad {shown(wanted, 40)}" in texts
    assert any(tip.startswith("leaf, data 1.0, grad ") for tip in tips)


def test_the_line_in_place_of_a_picture_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: Any) -> str:
        raise RuntimeError("<script>\x1b \ud800" + "n" * 10_000)

    monkeypatch.setattr(renderer, "render", fails)
    shown_line = ag.Value(1.0)._repr_svg_()
    found = ET.fromstring(shown_line)
    assert {element.tag for element in found.iter()} == {
        f"{SVG}{t}" for t in ("svg", "rect", "text")
    }
    assert "<script>\\x1b \\ud800nnn" in "".join(found.itertext())
    assert len(shown_line) < 1000


# Generated code


def generated(backend: str, text: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """All code generated for a function in whose names, keys and constants that text stands."""
    found: list[str] = []

    def compiling(source: str, *rest: Any) -> Any:
        found.append(source)
        return compile(source, *rest)

    monkeypatch.setattr(fast_path_module, "compile", compiling, raising=False)
    row = named_primitive(text)
    captured = ag.Value(2.0, name=text)
    box = {text: 3.0}

    def f(tree: dict[str, Any], static: str) -> Any:
        x = tree[text]
        product = row(x) * box[text] if static == text and x > 0.0 else x
        return {text: product * captured, f"{text}2": x}

    jitted = ag.jit(named_function(text, f), backend=backend)
    for x in (1.0, 2.0, 3.0, -1.0, ag.Value(2.0)):
        result = jitted({text: x}, text)
        expected = x * x * 6.0 if x > 0.0 else x * 2.0
        assert (result[text].data, result.keys()) == (expected, {text, f"{text}2"})
    plain = ag.jit(named_function(text, lambda tree: {text: tree[text] * 2.0}), backend=backend)
    for x in (1.0, 2.0, 3.0):
        assert plain({text: x}) == {text: 2.0 * x}
    keyed = ag.jit(named_function(text, lambda **tree: tree[text] * 2.0), backend=backend)
    assert [keyed(**{text: x}) for x in (1.0, 2.0, 3.0)] == [2.0, 4.0, 6.0]
    assert found
    own = [f.llvm_ir for f in (jitted, plain, keyed)] if backend == "llvm" else []
    return [*found, *[f.source for f in (jitted, plain, keyed)], *own]


BACKENDS = ["python", *(["llvm"] if has_llvm() else [])]


@pytest.fixture(scope="module")
def plain() -> dict[str, list[str]]:
    """The code by back end for names that are plain."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        return {backend: generated(backend, "plain", monkeypatch) for backend in BACKENDS}


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
@hostile
def test_generated_code_is_the_same_whatever_the_names(
    backend: str, text: str, plain: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_addresses(codes: list[str]) -> list[str]:
        return [re.sub(r"i64 \d{6,}", "i64 ADDRESS", code) for code in codes]

    found = generated(backend, text, monkeypatch)
    assert without_addresses(found) == without_addresses(plain[backend])


def test_generated_python_has_names_of_our_own_alone(plain: dict[str, list[str]]) -> None:
    for source in plain["python"]:
        for node in ast.walk(ast.parse(source)):
            name = getattr(node, "id", getattr(node, "arg", None))
            assert name is None or re.fullmatch(
                r"[vafk]\d*|args|past|hops|r|run|MISS|(Value|Runtime)Error|type|len|tuple", name
            )
            assert not isinstance(getattr(node, "value", None), str)


# Messages


def messages(text: str) -> list[Callable[[], Any]]:
    """Calls that fail, or warn, with a message that holds the text."""

    def nothing(x: Any) -> None:
        return None

    named_function(text, nothing)

    def outside(x: float) -> float:
        return float("nan")

    row = {"partials": [lambda x, y: 0.0], "domain": ag.Domain("nowhere", lambda x: False)}
    unnamed = named_function(text, lambda x: outside(x))
    module = ag.nn.Module()
    module.weights = [ag.Value(1.0)]
    odd: Any = {text: object()}
    return [
        lambda: ag.grad(nothing)(1.0),
        lambda: ag.jacobian(nothing)(1.0),
        lambda: ag.jit(nothing)(1.0),
        lambda: ag.jit(nothing).map([1.0]),
        lambda: ag.grad(lambda tree: tree)(odd),
        lambda: ag.jit(lambda tree: 1.0)(odd),
        lambda: ag.jit(lambda **tree: 1.0)(**odd),
        lambda: ag.jit(lambda x: odd)(1.0),
        lambda: ag.jit(lambda x: x)(text, odd),
        # a name that could do harm is refused, and any other is shown
        lambda: ag.primitive(outside, name=text, **row)(ag.Value(1.0)),
        lambda: ag.primitive(outside, name=text, **row)(1.0, 2.0),
        lambda: ag.primitive(unnamed, **row)(ag.Value(1.0)),
        lambda: module.load_state_dict({"weights": [1.0], text: 2.0}),
        lambda: module.load_state_dict({"weights": [text]}),
        lambda: module.load_state_dict(text),  # type: ignore[arg-type]
        lambda: ag.Value(text),
        lambda: ag.Value(1.0) + text,  # type: ignore[operator]
        lambda: ag.jit(lambda x: x, backend=text),
        lambda: ag.jit(lambda tree: 1.0).map(odd),
        lambda: ag.jit(lambda x: x).map([1.0], in_axes=text),
        lambda: ag.jit(lambda x: x).map([1.0], in_axes=(0, text)),
        lambda: ag.draw(ag.Value(1.0), text),
        lambda: ag.draw(text),  # type: ignore[call-overload]
    ]


@hostile
def test_a_message_is_short_and_shows_what_is_invisible(text: str) -> None:
    for k, call in enumerate(messages(text)):
        with warnings.catch_warnings(), pytest.raises(Exception) as caught:
            warnings.simplefilter("error")
            call()
        message = str(caught.value)
        assert message, k
        assert all(line.isprintable() for line in message.split("\n")), (k, ascii(message))
        assert len(message) < 2500, (k, message[:200])


@hostile
def test_a_jitted_function_shows_itself_on_one_line(text: str) -> None:
    f = ag.jit(named_function(text, lambda x: x * x))
    assert repr(f).isprintable() and len(repr(f)) < 300
    assert (f.__name__, f.__qualname__) == (text, text)


@pytest.mark.parametrize("name", [3, b"name", ["name"], ""])
def test_a_primitive_is_named_by_text_alone(name: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="a primitive's name is"):
        ag.primitive(lambda x: x, partials=[lambda x, y: 1.0], name=name)


# Names in files


@hostile
def test_a_network_whose_keys_are_any_text_is_saved_and_loaded(tmp_path: Path, text: str) -> None:
    def network(number: float) -> Any:
        module = ag.nn.Module()
        module.parts = {text: ag.Value(number), "plain": [ag.Value(number)]}
        return module

    old, new = network(1.5), network(0.0)
    old.save(tmp_path / "weights.json")
    new.load(tmp_path / "weights.json")
    assert new.state_dict() == {f"parts.{text}": 1.5, "parts.plain": [1.5]}
