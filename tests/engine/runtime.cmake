# Texts -> vectors, and the public API over it.
linnet_test(engine_threads_test threads_test.cc)
linnet_test(engine_embedder_test embedder_test.cc)
linnet_test(engine_profile_test profile_test.cc)
linnet_test(engine_tiny_models_test tiny_models_test.cc)
linnet_test(engine_tiny_families_test tiny_families_test.cc)
linnet_test(engine_classify_test classify_test.cc)
linnet_test(engine_tagger_test tagger_test.cc)
linnet_test(engine_answerer_test answerer_test.cc)
linnet_test(engine_fill_test fill_test.cc)
linnet_test(engine_c_api_tasks_test c_api_tasks_test.cc)
linnet_test(engine_similar_test similar_test.cc)
linnet_test(engine_task_bits_test task_bits_test.cc)
linnet_test(engine_sentence_vectors_test sentence_vectors_test.cc)
linnet_test(engine_same_bits_test same_bits_test.cc)
set_tests_properties(engine_sentence_vectors_test PROPERTIES LABELS slow)

# The tiers that this CPU lacks, and the one that it does not use.
if(LINNET_BUILD_TOOLS AND NOT LINNET_SANITIZE)
  add_test(NAME other_cpus_test COMMAND ${BASH} ${CMAKE_CURRENT_SOURCE_DIR}/other_cpus_test.sh
    $<TARGET_FILE:linnet_program> ${PROJECT_SOURCE_DIR})
  set_tests_properties(other_cpus_test PROPERTIES LABELS slow TIMEOUT 600 SKIP_RETURN_CODE 77)
endif()
