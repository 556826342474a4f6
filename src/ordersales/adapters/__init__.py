"""One technology a folder, importable only where it is installed, none importing another."""
