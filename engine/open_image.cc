#include "engine/open_image.h"

#include <filesystem>

#include "engine/importer.h"

namespace linnet::engine {

Result<ModelImage> open_image(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return ModelImage::map(path);
  auto imported = import_folder(path);
  if (!imported.ok()) return imported.status();
  return ModelImage::adopt(std::move(imported.value().image), path);
}

}  // namespace linnet::engine
