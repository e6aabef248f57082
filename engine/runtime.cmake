# Texts -> vectors, and the public API over it.
target_sources(linnet PRIVATE
  attender_api.cc
  attention.cc
  backend.cc
  c_api.cc
  c_api_queue.cc
  c_api_tokenizer.cc
  c_api_vectors.cc
  choose_isa.cc
  chunk_budget.cc
  crew.cc
  describe.cc
  embed_choices.cc
  embedder_api.cc
  embedding_head.cc
  encoder.cc
  encoder_int8.cc
  encoder_weights.cc
  layer_drift.cc
  linear.cc
  machine_api.cc
  model_api.cc
  pipeline.cc
  position_bias.cc
  profile.cc
  queue.cc
  rotary.cc
  sequence_layout.cc
  team.cc
  threads_${LINNET_THREADS}.cc
  tokenizer_api.cc
  tokenizer_open.cc
  train_api.cc
  worker_pool.cc
  workspace.cc)
# The task heads: one class of the public API each, over sequences of tokens.
target_sources(linnet PRIVATE
  answerer_api.cc
  token_embedder_api.cc
  window_embedder_api.cc
  answers.cc
  c_api_tasks.cc
  classifier_api.cc
  classify.cc
  entities.cc
  mask_filler_api.cc
  reranker_api.cc
  sequence.cc
  sequence_runner.cc
  similar_api.cc
  sparse_encoder_api.cc
  sparse_head.cc
  tagger_api.cc
  task_head.cc
  wordpiece_text.cc
  zero_shot_api.cc)
target_compile_definitions(linnet PRIVATE LINNET_VERSION="${PROJECT_VERSION}")
