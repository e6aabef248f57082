"""Linnet and its peers on the same work. README.md says how; `run` is the one command."""
