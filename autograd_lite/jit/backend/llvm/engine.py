"""llvmlite in one place: LLVM's text to machine code of this process, and what the host can do."""

import ctypes
import functools
from typing import Any


@functools.cache
def get_binding() -> Any:
    """`llvmlite.binding`, made ready for this host.

    Raises:
        ImportError: llvmlite is not installed; the message names the extra.
    """
    try:
        import llvmlite.binding as llvm
    except ImportError as error:
        raise ImportError(
            "compiling to machine code needs llvmlite: pip install 'autograd_lite[jit]'"
        ) from error
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


class Loaded:
    """Machine code in memory, for as long as this object lives.

    Attributes:
        ir: the text it was made of.
    """

    def __init__(self, engine: Any, ir: str) -> None:
        self._engine = engine
        self.ir = ir

    def address(self, name: str) -> int:
        """Where the function or the global of that name is."""
        found: int = self._engine.get_function_address(name)
        if not found:
            found = self._engine.get_global_value_address(name)
        if not found:
            raise LookupError(f"the code has no symbol {name!r}")
        return found


def load(ir_text: str, optimise: bool, level: int | None = None) -> Loaded:
    """The machine code of a module.

    Arguments:
        optimise: whether LLVM rewrites the text first.
        level: how much care it takes with instructions and registers, 0 to 3.

    Raises:
        ImportError: llvmlite is not installed.
        LookupError: the module calls a function that this process does not have.
    """
    llvm = get_binding()
    _load_vector_library()
    module = llvm.parse_assembly(ir_text)
    machine = _get_target().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=_get_features(),
        opt=level if level is not None else 2 if optimise else 0,
    )
    # only with an engine does LLVM know this process's own symbols
    engine = llvm.create_mcjit_compiler(module, machine)
    for function in module.functions:
        # LLVM ends the process at a symbol that it does not find
        if function.is_declaration and not _is_known(llvm, function.name):
            raise LookupError(f"this platform has no function {function.name!r}")
    if optimise:
        _run_passes(llvm, module, machine)
    engine.finalize_object()
    return Loaded(engine, ir_text)


def _run_passes(llvm: Any, module: Any, machine: Any) -> None:
    passes = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(2))
    manager = passes.getModulePassManager()
    manager.run(module, passes)
    # llvmlite 0.50 loses the manager, 114 KB: of its two bases the one that frees nothing is first
    dispose = getattr(getattr(llvm, "newpassmanagers", None), "NewPassManager", None)
    if dispose is not None and "_dispose" in vars(dispose):
        dispose._dispose(manager)


@functools.cache
def vector_width() -> int:
    """How many doubles one vector instruction of this host takes: 8, 4 or 2."""
    features = get_binding().get_host_cpu_features()
    if features.get("avx512f") and features.get("avx512dq") and features.get("avx512vl"):
        return 8
    return 4 if features.get("avx2") and features.get("fma") else 2


@functools.cache
def has_symbol(name: str) -> bool:
    """Whether the vector functions of the C library have this one."""
    library = _load_vector_library()
    return library is not None and hasattr(library, name)


@functools.cache
def _load_vector_library() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL("libmvec.so.1")
        get_binding().load_library_permanently("libmvec.so.1")
    except (OSError, RuntimeError):
        return None
    return library


@functools.cache
def _is_known(llvm: Any, name: str) -> bool:
    return name.startswith("llvm.") or bool(llvm.address_of_symbol(name))


@functools.cache
def _get_target() -> Any:
    return get_binding().Target.from_triple(get_binding().get_process_triple())


@functools.cache
def _get_features() -> str:
    features: str = get_binding().get_host_cpu_features().flatten()
    return features
