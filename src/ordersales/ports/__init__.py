"""What a host implements: a protocol a file, its docstring the whole contract."""
