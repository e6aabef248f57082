# GoogleTest: the tests.
find_package(GTest QUIET CONFIG)
linnet_require("${GTest_FOUND}" "GoogleTest" libgtest-dev)
