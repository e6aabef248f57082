// linnet/import.h over the importer.
#include "linnet/import.h"

#include <filesystem>
#include <new>

#include "base/atomic_file.h"
#include "engine/importer.h"
#include "kernels/float_env.h"

namespace linnet {

Result<ImportReport> import_model(const std::string& folder, const std::string& output) try {
  const kernels::FloatEnv float_env;  // numbers in text are read as any caller would read them
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    const bool exists = std::filesystem::exists(folder, error);
    return Status{exists ? Code::kInvalidArgument : Code::kNotFound,
                  folder + (exists ? ": is no folder, expected a Hugging Face model folder"
                                   : ": no such folder")};
  }
  auto file = base::AtomicFile::create(output);
  if (!file.ok()) return file.status();
  auto imported = engine::import_folder(folder);
  if (!imported.ok()) return imported.status();
  const auto& image = imported.value().image;
  if (Status s = file.value().write({image.data(), image.size()}); !s.ok()) return s;
  if (Status s = file.value().commit(); !s.ok()) return s;
  return ImportReport{.notes = std::move(imported.value().notes), .bytes = image.size()};
} catch (const std::bad_alloc&) {
  return Status{Code::kOutOfMemory, folder + ": not enough memory to import it"};
}

}  // namespace linnet
