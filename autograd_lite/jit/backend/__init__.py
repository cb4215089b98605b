"""Fourth stage: turn a program into code, as Python source or by LLVM."""
