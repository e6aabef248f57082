"""What 1,000 queries a second cost: the cores that answer them with p99 <= 50 ms."""

from __future__ import annotations

import numpy as np

from compare.session import Session

RATE = 1000.0  # queries a second
LIMIT_MS = 50.0
ARRIVALS = 200_000
MOST_CORES = 1000


def waiting_p99(service_ms: np.ndarray, per_core: float, draw: np.random.Generator) -> float:
    """p99 of waiting and service together at one core that gets `per_core` queries a second, at random
    times (Poisson), one at a time: Lindley's recursion on measured service times."""
    service = draw.choice(service_ms, ARRIVALS)
    gaps = draw.exponential(1000.0 / per_core, ARRIVALS)
    steps = service[:-1] - gaps[1:]
    walk = np.concatenate([[0.0], np.cumsum(steps)])
    waits = walk - np.minimum.accumulate(np.minimum(walk, 0.0))
    return float(np.quantile(waits + service, 0.99))


def cores_needed(service_ms: list[float]) -> int | None:
    """The fewest; None: a query alone is too slow already."""
    times = np.asarray(service_ms)
    draw = np.random.default_rng(4)
    if float(np.quantile(times, 0.99)) > LIMIT_MS:
        return None
    low = max(1, int(RATE * float(times.mean()) / 1000.0))  # below it the queue grows forever
    high = low
    while waiting_p99(times, RATE / high, draw) > LIMIT_MS:
        low, high = high + 1, high * 2
        if high > MOST_CORES:
            return None
    while low < high:
        middle = (low + high) // 2
        if waiting_p99(times, RATE / middle, draw) <= LIMIT_MS:
            high = middle
        else:
            low = middle + 1
    return low


def measure_cost(session: Session, latencies: dict[str, list[float]]) -> None:
    for name, milliseconds in latencies.items():
        cores = cores_needed(milliseconds)
        if cores is not None:
            session.results.add(session.key("one query", name), "cores_for_1000", "cores", cores)
