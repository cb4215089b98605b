"""The LLVM backend: text for LLVM, and the loaded machine code."""
