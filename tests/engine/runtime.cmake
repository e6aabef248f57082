# Texts -> vectors, and the public API over it.
linnet_test(engine_threads_test threads_test.cc)
linnet_test(engine_embedder_test embedder_test.cc)
linnet_test(engine_tiny_models_test tiny_models_test.cc)
linnet_test(engine_sentence_vectors_test sentence_vectors_test.cc)
linnet_test(engine_same_bits_test same_bits_test.cc)
set_tests_properties(engine_sentence_vectors_test PROPERTIES LABELS slow)
