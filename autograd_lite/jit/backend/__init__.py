"""Fourth stage: a program as code, in Python or by LLVM."""
