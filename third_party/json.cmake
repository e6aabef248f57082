# nlohmann/json: reads config.json and tokenizer.json, reads and writes JSON Lines. Header-only.
find_package(nlohmann_json QUIET CONFIG)
linnet_require("${nlohmann_json_FOUND}" "nlohmann/json" nlohmann-json3-dev)
target_link_libraries(linnet PRIVATE $<BUILD_INTERFACE:nlohmann_json::nlohmann_json>)
