# Zstandard: reads .zst inputs of the program.
linnet_find_tool_library(zstd zstd.h Zstandard libzstd-dev linnet_zstd)
