target_sources(linnet PRIVATE encoder_weights.cc)
