# A Hugging Face folder -> a .linnet file, and the file back again.
target_sources(linnet PRIVATE
  calibration.cc
  calibration_text.cc
  check_tensor.cc
  hf_config.cc
  hf_family.cc
  hf_family_bert.cc
  hf_family_distilbert.cc
  hf_family_electra.cc
  hf_family_mpnet.cc
  hf_head.cc
  hf_modules.cc
  hf_weights.cc
  hf_write_tokenizer.cc
  image_writer.cc
  import_api.cc
  importer.cc
  metadata.cc
  model_image.cc
  open_image.cc
  place_tensors.cc
  quantize_image.cc
  quantize_weights.cc
  safetensors.cc
  sha256.cc
  tensor_plan.cc)
