# libsodium: SHA-256 of the source weights, written into the model file by the importer.
linnet_find_library(sodium sodium.h libsodium libsodium-dev)
