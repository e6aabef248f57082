# zlib: reads .gz inputs of the program.
linnet_find_tool_library(z zlib.h zlib zlib1g-dev linnet_zlib)
