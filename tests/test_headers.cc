// Nothing: tests/CMakeLists.txt precompiles headers for it, which all tests use.
