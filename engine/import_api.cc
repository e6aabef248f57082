// linnet/import.h over the importer.
#include "linnet/import.h"

#include <filesystem>
#include <new>

#include "base/atomic_file.h"
#include "base/failure.h"
#include "engine/importer.h"
#include "engine/model_impl.h"
#include "engine/quantize_image.h"
#include "engine/threads.h"
#include "kernels/float_env.h"

namespace linnet {
namespace {

struct Imported {
  base::AlignedBuffer<std::byte> image;
  std::vector<std::string> notes;
};

Result<Imported> import_fp32(const std::string& folder) {
  auto imported = engine::import_folder(folder);
  if (!imported.ok()) return imported.status();
  return Imported{std::move(imported.value().image), std::move(imported.value().notes)};
}

struct TemporaryNotice {
  const ImportOptions& options;
  void tell(const std::string& path) const {
    if (options.on_temporary) options.on_temporary(path);
  }
  ~TemporaryNotice() { tell(""); }
};

// `path` is a folder or a .linnet file.
Result<Imported> import_int8(const std::string& path, const ImportOptions& options) {
  engine::CalibrationText text = engine::built_in_calibration();
  if (!options.calibration.empty()) {
    auto read = engine::read_calibration(options.calibration);
    if (!read.ok()) return read.status();
    text = std::move(read.value());
  }
  const Result<Model> model = Model::open(path, {.verify_tensors = true, .isa = {}});
  if (!model.ok()) return model.status();
  if (model.value().impl().image->config().precision == Precision::kInt8) {
    return Status{Code::kInvalidArgument, path + ": holds int8 weights already"};
  }
  auto image = engine::quantize_image(*model.value().impl().image, text, *model.value().impl().kernels,
                                      options.num_threads);
  if (!image.ok()) return image.status();
  return Imported{std::move(image.value()), model.value().info().notes};
}

}  // namespace

Result<ImportReport> import_model(const std::string& folder, const std::string& output,
                                  const ImportOptions& options) try {
  const kernels::FloatEnv float_env;  // numbers in text are read as any caller would read them
  const bool int8 = options.precision == Precision::kInt8;
  std::error_code error;
  const bool exists = std::filesystem::exists(folder, error);
  if (!exists || (!int8 && !std::filesystem::is_directory(folder, error))) {
    return Status{exists ? Code::kInvalidArgument : Code::kNotFound,
                  folder + (exists ? ": is no folder, expected a Hugging Face model folder"
                                   : ": no such folder")};
  }
  if (Status s = engine::check_num_threads(options.num_threads); !s.ok()) return s;
  const TemporaryNotice notice{options};  // told last, when the file is gone
  auto file = base::AtomicFile::create(output);
  if (!file.ok()) return file.status();
  notice.tell(file.value().temporary());
  auto imported = int8 ? import_int8(folder, options) : import_fp32(folder);
  if (!imported.ok()) return imported.status();
  const auto& image = imported.value().image;
  if (Status s = file.value().write({image.data(), image.size()}); !s.ok()) return s;
  if (Status s = file.value().commit(); !s.ok()) return s;
  return ImportReport{.notes = std::move(imported.value().notes), .bytes = image.size()};
} catch (const std::bad_alloc&) {
  return base::out_of_memory(folder, ": not enough memory to import it");
}

}  // namespace linnet
