# Google Benchmark: the micro-benchmarks in bench/.
find_package(benchmark QUIET CONFIG)
linnet_require("${benchmark_FOUND}" "Google Benchmark" libbenchmark-dev)
