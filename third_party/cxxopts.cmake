# cxxopts: the command line of the program. Header-only.
find_package(cxxopts QUIET CONFIG)
linnet_require("${cxxopts_FOUND}" "cxxopts" libcxxopts-dev)
