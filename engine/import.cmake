# A Hugging Face folder -> a .linnet file, and the file back again.
target_sources(linnet PRIVATE
  bert_tensors.cc hf_config.cc hf_modules.cc hf_weights.cc image_writer.cc import_api.cc importer.cc
  metadata.cc model_image.cc open_image.cc safetensors.cc sha256.cc)
