"""ONNX Runtime on the graphs that its own optimizer and quantizer made."""

from __future__ import annotations

from compare.engines.engine import Setup, TokenBatches, Vectors, pad


class OnnxEngine(TokenBatches):
    """intra: one session of all threads. inter: concurrent runs of one session of one thread."""

    def __init__(self, setup: Setup, graph: str) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = setup.threads_per_stream
        options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        self._session = onnxruntime.InferenceSession(
            str(setup.exports / graph), options, providers=["CPUExecutionProvider"]
        )
        self._inputs = [port.name for port in self._session.get_inputs()]
        self.version = f"onnxruntime {onnxruntime.__version__}"
        self.detail = graph
        super().__init__(setup, self._run_batch)

    def _run_batch(self, rows: list[list[int]]) -> Vectors:
        values = pad(rows)
        return self._session.run(None, {name: values[name] for name in self._inputs})[0]
