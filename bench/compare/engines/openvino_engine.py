"""OpenVINO on its own IR; the int8 one is what NNCF made of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from compare.engines.engine import Ids, Setup, TokenBatches, Vectors, batches, longest_first, pad


class OpenVinoEngine(TokenBatches):
    """intra: one stream of all threads (LATENCY). inter: one stream a thread, filled by an
    AsyncInferQueue (THROUGHPUT), as its guide advises for many texts."""

    def __init__(self, setup: Setup, folder: str, precision: str) -> None:
        import openvino as ov

        self._compiled = ov.Core().compile_model(
            setup.exports / folder / "model.xml",
            "CPU",
            {
                "PERFORMANCE_HINT": "THROUGHPUT" if setup.inter else "LATENCY",
                "NUM_STREAMS": str(setup.streams),
                "INFERENCE_NUM_THREADS": str(setup.threads),
                "INFERENCE_PRECISION_HINT": precision,
                # The worker is pinned already, and to fewer cores than the machine has.
                "ENABLE_CPU_PINNING": "NO",
            },
        )
        self._inputs = [port.get_any_name() for port in self._compiled.inputs]
        self._request = self._compiled.create_infer_request()
        self._queue = ov.AsyncInferQueue(self._compiled, 2 * setup.streams) if setup.inter else None
        self.version = f"openvino {ov.get_version().split('-')[0]}"
        self.detail = f"{folder}, precision hint {precision}"
        super().__init__(setup, self._run_batch)

    def _values(self, rows: list[list[int]]) -> dict[str, Ids]:
        values = pad(rows)
        return {name: values[name] for name in self._inputs}

    def _run_batch(self, rows: list[list[int]]) -> Vectors:
        self._request.infer(self._values(rows), share_inputs=True)
        return self._request.get_output_tensor(0).data.copy()

    def embed(self, texts: Sequence[str], batch: int) -> Vectors:
        if self._queue is None:
            return super().embed(texts, batch)
        ids = self.ids(texts)
        order = longest_first([len(row) for row in ids])
        found: list[tuple[Sequence[int], Vectors]] = []
        self._queue.set_callback(
            lambda request, part: found.append((part, request.get_output_tensor(0).data.copy()))
        )
        for part in batches(order, batch):
            self._queue.start_async(self._values([ids[i] for i in part]), part)
        self._queue.wait_all()
        vectors = np.empty((len(ids), found[0][1].shape[1]), np.float32)
        for part, rows in found:
            vectors[list(part)] = rows
        return vectors
