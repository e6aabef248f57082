"""The sections of a run: each is timed, one that fails is noted and the others go on, and one that would
end after the plan's limit is left out, with a note. What there is is written after each."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from compare.plan import Plan
from compare.results import Results
from compare.session import elapsed, say


@dataclass
class Sections:
    plan: Plan
    results: Results
    out: Path  # the CSV
    done: float = 0.0  # expected seconds of the sections so far
    took: dict[str, float] = field(default_factory=dict)

    def announce(self) -> None:
        minutes = sum(self.plan.expected.values()) / 60
        say(
            f"plan {self.plan.name}: about {minutes:.0f} minutes on two cores of Zen 5 when the models are "
            f"exported already; what would end after {self.plan.limit_minutes} minutes is left out"
        )

    def run(self, name: str, work: Callable[[], None]) -> None:
        expected = float(self.plan.expected.get(name, 0))
        left = 60 * self.plan.limit_minutes - elapsed()
        if expected * self._slowness() > left:
            say(f"{name}: left out")
            self.results.about[f"note left out {name}"] = (
                f"{name}: left out, for it would have ended after {self.plan.limit_minutes} minutes"
            )
            return
        start = elapsed()
        try:
            work()
        except Exception as error:  # the report says so, and the other sections go on
            traceback.print_exc()
            say(f"{name}: failed: {error}")
            words = " ".join(f"{type(error).__name__}: {error}".split())
            self.results.about[f"warning failed {name}"] = f"the section '{name}' failed: {words}"
        self.took[name] = elapsed() - start
        self.done += expected
        self.results.about[f"took {name}"] = f"{self.took[name]:.0f} s"
        self.results.write(self.out)

    def _slowness(self) -> float:
        """How much longer the sections took so far than expected; at least 1."""
        known = sum(seconds for name, seconds in self.took.items() if name in self.plan.expected)
        return max(1.0, known / self.done) if self.done else 1.0
