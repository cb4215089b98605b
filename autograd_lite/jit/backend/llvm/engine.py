"""Use llvmlite: compile IR to machine code in this process, and ask what the host can do."""

import ctypes
import functools
from typing import Any


@functools.cache
def get_binding() -> Any:
    """Return `llvmlite.binding`, set up for this host.

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
        """Return the address of a function or a global."""
        address: int = self._engine.get_function_address(name)
        if not address:
            address = self._engine.get_global_value_address(name)
        if not address:
            raise LookupError(f"the code defines no symbol {name!r}")
        return address


def load(ir_text: str, optimise: bool, level: int | None = None) -> Loaded:
    """Compile a module.

    Arguments:
        optimise: whether to run LLVM's passes.
        level: how carefully it selects instructions and allocates registers, 0 to 3.

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
    # LLVM knows this process's own symbols only once there is an engine
    engine = llvm.create_mcjit_compiler(module, machine)
    for function in module.functions:
        # LLVM would end the process at a symbol that it does not know
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
    # llvmlite 0.50 leaks the manager's 114 KB, since the first of its two bases frees nothing
    dispose = getattr(getattr(llvm, "newpassmanagers", None), "NewPassManager", None)
    if dispose is not None and "_dispose" in vars(dispose):
        dispose._dispose(manager)


@functools.cache
def vector_width() -> int:
    """Return how many doubles a vector instruction of this host takes: 8, 4 or 2."""
    features = get_binding().get_host_cpu_features()
    if features.get("avx512f") and features.get("avx512dq") and features.get("avx512vl"):
        return 8
    return 4 if features.get("avx2") and features.get("fma") else 2


@functools.cache
def has_symbol(name: str) -> bool:
    """Return whether the C library's vector functions include this one."""
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
