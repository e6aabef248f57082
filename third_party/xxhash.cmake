# xxHash: XXH3 checksums of the model file's sections and tensors. Used as a header only.
find_path(LINNET_XXHASH_INCLUDE xxhash.h)
mark_as_advanced(LINNET_XXHASH_INCLUDE)
linnet_require("${LINNET_XXHASH_INCLUDE}" "xxHash" libxxhash-dev)
target_include_directories(linnet SYSTEM PRIVATE ${LINNET_XXHASH_INCLUDE})
