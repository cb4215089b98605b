"""The core as mypyc compiles it: the bits, the pickles and the messages of the plain Python.

Here only where `AUTOGRAD_LITE_COMPILE=1` was set when this installation was built.
"""

import math
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import autograd_lite as ag
from autograd_lite import Value

if hasattr(Value.backward, "__code__"):
    pytest.skip("the core is not compiled", allow_module_level=True)

# Prints the bits of 300 random programs; then, in hexadecimal, the pickle of the last result.
PROGRAMS = """
import pickle, random, sys, warnings
import autograd_lite as ag
warnings.simplefilter("ignore")
print(type(ag.Value.backward).__name__)
chance = random.Random(7)
two = [lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x * y, lambda x, y: x / y,
       ag.maximum, ag.hypot, lambda x, y: abs(x) ** y, lambda x, y: x % y, lambda x, y: x // y,
       lambda x, y: ag.where(x < y, x, y), lambda x, y: ag.dot([x, y, x], [y, 3, x])]
one = [ag.sin, ag.tanh, ag.exp, ag.relu, ag.sigmoid, ag.sqrt, ag.log, ag.atan, ag.gelu, abs]
special = [0.0, -0.0, -113.0, 1e300, 5e-324, 1, -2, True]
for _ in range(300):
    leaves = [ag.Value(chance.choice([chance.gauss(0, 2), *special])) for _ in range(4)]
    nodes = list(leaves)
    for _ in range(chance.randrange(1, 40)):
        x = chance.choice(nodes[-6:])
        y = chance.choice([*nodes[-6:], *leaves, chance.gauss(0, 1), chance.choice(special)])
        if chance.random() < 0.3:
            nodes.append(chance.choice(one)(x))
        else:
            nodes.append(chance.choice(two)(*chance.choice([(x, y), (y, x)])))
    for root in (nodes[-1], chance.choice(nodes), nodes[-1]):
        try:
            root.backward()
        except FloatingPointError as error:
            print(error)
    for v in nodes:
        print(v.data.hex(), v.grad.hex(), *[d.hex() for d in v.partials], v.op)
print(pickle.dumps(nodes[-1]).hex())
"""


def run(program: str, where: Path, *arguments: str) -> list[str]:
    environment = {**os.environ, "PYTHONPATH": str(where)}
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(
        command, cwd=where, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def pure(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sources alone."""
    folder = tmp_path_factory.mktemp("pure")
    sources = Path(ag.__file__).parent
    ignored = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__")
    shutil.copytree(sources, folder / "autograd_lite", ignore=ignored)
    return folder


def test_the_same_bits_as_in_plain_python(pure: Path) -> None:
    here = run(PROGRAMS, Path(ag.__file__).parent.parent)
    there = run(PROGRAMS, pure)
    assert here.pop(0) != there.pop(0) == "function"
    assert len(here) > 3000
    assert here == there


def test_pickles_of_either_build_load_in_the_other(pure: Path) -> None:
    load = "import pickle, sys; v = pickle.loads(bytes.fromhex(sys.argv[1])); v.backward(); "
    load += "print(v.data, v.op, v.parents[0].grad, v.parents[0].name)"
    x = Value(3.0, name="x")
    theirs = run(load, pure, pickle.dumps(x * x).hex())
    assert theirs == ["9.0 mul 6.0 x"]
    made = "import pickle; from autograd_lite import Value; x = Value(3.0, name='x'); "
    made += "print(pickle.dumps(x * x).hex())"
    v = pickle.loads(bytes.fromhex(run(made, pure)[0]))
    v.backward()
    assert (v.data, v.op, v.parents[0].grad, v.parents[0].name) == (9.0, "mul", 6.0, "x")


def test_the_users_line_is_named() -> None:
    x = Value(-1.0)
    with ag.detect_anomaly(), pytest.raises(FloatingPointError, match=r"test_compiled\.py:\d+"):
        x.log()


def test_the_fields_hold_floats() -> None:
    x = Value(2.0)
    with pytest.raises(TypeError, match="float"):
        x.grad = None  # type: ignore[assignment]
    x.grad = 3
    assert type(x.grad) is float and x.grad == 3.0


@pytest.mark.parametrize("number", [0.0, -0.0, -113.0, 5e-324, math.inf, math.nan])
def test_machine_code_reads_the_doubles(number: float) -> None:
    np = pytest.importorskip("numpy")
    pytest.importorskip("llvmlite")
    from autograd_lite.jit.backend import leaves
    from autograd_lite.jit.backend.llvm import leaf_access

    out = np.full(3, 7.0)
    read = leaf_access.leaf_functions().gather((Value(number), 4.0), out)
    assert read is (number != -113.0)  # which is mypyc's mark of what is not set
    leaves.read_numbers((Value(number), 4.0), out)
    assert [x.hex() for x in out.tolist()] == [number.hex(), (4.0).hex(), (7.0).hex()]
    f = ag.jit(lambda x: x * 1.0, backend="llvm")
    f(Value(1.5))
    assert f(Value(number)).data.hex() == number.hex()
