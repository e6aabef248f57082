# Texts -> vectors, and the public API over it.
# Several threads work in these: all that ThreadSanitizer looks at.
foreach(name threads embedder attender window_embedder profile crew queue team
             tied_words similar task_bits same_bits)
  linnet_test(engine_${name}_test ${name}_test.cc)
endforeach()
if(LINNET_SANITIZE STREQUAL "thread")
  return()
endif()

foreach(name attention sequence tiny_models tiny_families long_contexts classify tagger answerer fill c_api_tasks
             sentence_vectors layer_drift out_of_memory int8_golden int8_reference int8_quality)
  linnet_test(engine_${name}_test ${name}_test.cc)
endforeach()
set_tests_properties(engine_sentence_vectors_test engine_int8_quality_test PROPERTIES LABELS slow)

# The tiers that this CPU lacks, and the one that it does not use.
if(LINNET_BUILD_TOOLS AND NOT LINNET_SANITIZE)
  add_test(NAME other_cpus_test COMMAND ${BASH} ${CMAKE_CURRENT_SOURCE_DIR}/other_cpus_test.sh
    $<TARGET_FILE:linnet_program> ${PROJECT_SOURCE_DIR})
  linnet_emulated(other_cpus_test)
endif()

# oneDNN against our products, held to each of its instruction sets (where the CPU lacks one, to what it has).
if(LINNET_HAS_ONEDNN AND NOT LINNET_SANITIZE)
  linnet_test(engine_backend_onednn_test backend_onednn_test.cc)
  linnet_link_onednn(engine_backend_onednn_test)
  set_target_properties(engine_backend_onednn_test PROPERTIES DISABLE_PRECOMPILE_HEADERS ON)  # made without OpenMP
  foreach(isa AVX2 AVX2_VNNI AVX512_CORE AVX512_CORE_VNNI)
    add_test(NAME engine_backend_onednn_${isa}_test COMMAND engine_backend_onednn_test)
    set_tests_properties(engine_backend_onednn_${isa}_test PROPERTIES ENVIRONMENT DNNL_MAX_CPU_ISA=${isa})
  endforeach()
endif()
