"""The LLVM backend: IR for LLVM, and the loaded machine code."""
