# Texts -> vectors, and the public API over it.
target_sources(linnet PRIVATE
  attention.cc
  c_api.cc
  choose_isa.cc
  describe.cc
  embedder_api.cc
  embedding_head.cc
  encoder.cc
  encoder_weights.cc
  linear.cc
  machine_api.cc
  model_api.cc
  pipeline.cc
  position_bias.cc
  profile.cc
  threads_${LINNET_THREADS}.cc
  tokenizer_api.cc
  workspace.cc)
target_compile_definitions(linnet PRIVATE LINNET_VERSION="${PROJECT_VERSION}")
