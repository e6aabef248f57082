# The importer and the model file.
linnet_test(import_config_test import_config_test.cc)
linnet_test(import_families_test import_families_test.cc)
linnet_test(import_weights_test import_weights_test.cc)
linnet_test(model_file_test model_file_test.cc)
linnet_test(calibration_test calibration_test.cc)
linnet_test(error_feedback_test error_feedback_test.cc)
linnet_test(engine_quantize_weights_test quantize_weights_test.cc)
linnet_test(import_same_bytes_test import_same_bytes_test.cc)
