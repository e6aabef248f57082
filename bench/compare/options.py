"""The options of the comparison. Needs nothing but Python, so that `run` can show and check them first."""

from __future__ import annotations

import argparse
from pathlib import Path

DESCRIPTION = "Compares Linnet with its peers on this machine, and writes a report."


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/compare/run", description=DESCRIPTION)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="at most 8 minutes, and rougher")
    length.add_argument("--smoke", action="store_true", help="tests the harness; its numbers mean nothing")
    length.add_argument(
        "--check-peers",
        action="store_true",
        help="only holds the peers against plain loops, about 3 minutes",
    )
    parser.add_argument(
        "--engines",
        type=lambda text: text.split(","),
        default=[],
        metavar="NAME,...",
        help="only those whose names begin so, for example linnet,st-,ov-int8",
    )
    parser.add_argument("--out", type=Path, help="folder of the report (default: build/compare/report)")
    parser.add_argument("--keep", action="store_true", help="also keep the results in bench/results")
    return parser.parse_args()


if __name__ == "__main__":
    parse_options()
