#include "engine/backend.h"

#include "engine/encoder_weights.h"
#if LINNET_ONEDNN
#include "engine/backend_onednn.h"
#endif

namespace linnet::engine {

Result<std::shared_ptr<Backend>> choose_backend(const std::string& name) {
  if (name.empty() || name == "linnet") return std::shared_ptr<Backend>();
  if (name != "onednn") {
    return Status{Code::kInvalidArgument, "backend " + name + ": expected linnet or onednn"};
  }
#if LINNET_ONEDNN
  return onednn_backend();
#else
  return Status{Code::kUnsupported, "backend onednn: this build has no oneDNN: build with -DLINNET_ONEDNN=ON"};
#endif
}

void use_backend(Backend& backend, EncoderWeights& weights) {
  const auto use = [&](Linear& linear) { linear.backend = &backend; };
  for (LayerWeights& layer : weights.layers) {
    for_each_matrix(layer, [&](const std::string&, Linear& linear) { use(linear); });
  }
  if (weights.layers[0].qkv.is_int8()) return;
  for (Linear* linear : {&weights.project, &weights.head.transform, &weights.head.output}) use(*linear);
  for (Linear& linear : weights.dense) use(linear);
}

}  // namespace linnet::engine
