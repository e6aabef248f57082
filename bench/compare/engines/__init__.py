"""One module a family of engines; catalog.py lists them all."""
