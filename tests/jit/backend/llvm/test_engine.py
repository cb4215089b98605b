"""Text to machine code, and what is said when that cannot be."""

import ctypes
import gc
import sys

import pytest

pytest.importorskip("llvmlite")

from autograd_lite.jit.backend.llvm import engine

SQUARE = """
@count = global i64 7
define double @square(double %x) {
%y = fmul double %x, %x
ret double %y
}
"""


@pytest.mark.parametrize("optimise", [False, True])
def test_load_gives_addresses_that_stay(optimise: bool) -> None:
    code = engine.load(SQUARE, optimise)
    square = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(code.address("square"))
    gc.collect()
    assert square(3.0) == 9.0
    assert ctypes.c_int64.from_address(code.address("count")).value == 7
    assert code.ir == SQUARE


def test_an_unknown_address_is_an_error() -> None:
    with pytest.raises(LookupError, match="no symbol 'cube'"):
        engine.load(SQUARE, False).address("cube")


def test_a_missing_function_is_an_error_and_not_the_end_of_the_process() -> None:
    text = "declare double @no_such_function(double)\n" + SQUARE
    with pytest.raises(LookupError, match="no_such_function"):
        engine.load(text, False)


def test_without_llvmlite_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    monkeypatch.setitem(sys.modules, "llvmlite.binding", None)
    with pytest.raises(ImportError, match=r"pip install 'autograd_lite\[jit\]'"):
        engine.get_binding.__wrapped__()


def test_what_the_host_can_do() -> None:
    assert engine.vector_width() in (2, 4, 8)
    assert not engine.has_symbol("_ZGVdN4v_no_such_function")


def test_without_libmvec_no_symbol_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_load_vector_library", lambda: None)
    assert not engine.has_symbol.__wrapped__("_ZGVdN4v_exp")
