#include "engine/backend_onednn.h"

#include <omp.h>

#include <cmath>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <oneapi/dnnl/dnnl.hpp>
#include <shared_mutex>
#include <utility>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/failure.h"

namespace linnet::engine {
namespace {

using dnnl::memory;
using Dims = memory::dims;

// oneDNN takes as many threads as OpenMP would, when code is made and when it runs: here always one.
class OneThread {
 public:
  OneThread() { omp_set_num_threads(1); }
  ~OneThread() { omp_set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_ = omp_get_max_threads();
};

// oneDNN's C++ interface throws; nothing throws out of here.
template <typename F>
Status without_exceptions(F f) {
  try {
    const OneThread one_thread;
    f();
    return {};
  } catch (const dnnl::error& error) {
    if (error.status == dnnl_out_of_memory) return base::out_of_memory("oneDNN: out of memory");
    return base::failure(Code::kUnsupported, "oneDNN: ", error.what());
  } catch (const std::bad_alloc&) {
    return base::out_of_memory("oneDNN: out of memory");
  }
}

const dnnl::engine& cpu() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

memory::desc rows_of(size_t m, size_t n, size_t ld, memory::data_type type) {
  return {{static_cast<int64_t>(m), static_cast<int64_t>(n)}, type, Dims{static_cast<int64_t>(ld), 1}};
}

dnnl::matmul::primitive_desc product(const memory::desc& a, const memory::desc& b, const memory::desc& c) {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);  // oneDNN's own serves one thread
#if DNNL_VERSION_MAJOR >= 3
  return {cpu(), a, b, c, attributes};
#else
  return {dnnl::matmul::desc(a, b, c), attributes, cpu()};
#endif
}

// Of this thread, at least `bytes`, for the duration of one product.
void* scratchpad(size_t bytes) {
  thread_local base::AlignedBuffer<std::byte> buffer;
  if (buffer.size() < bytes) buffer = base::AlignedBuffer<std::byte>(bytes);
  return buffer.data();
}

memory view(const memory::desc& desc, const void* data) {  // its interface knows no const
  return {desc, cpu(), const_cast<void*>(data)};
}

}  // namespace

struct OneDnnMatrix::Impl {
  const float* f32 = nullptr;
  kernels::WeightsS8 s8 = {};
  size_t k = 0, n = 0;

  struct Prepared {
    size_t m, lda, ldc;
    dnnl::matmul::primitive_desc desc;
    dnnl::matmul primitive;
    const memory* weights;
  };
  mutable std::shared_mutex mutex;  // of the two below; what is in them stays where it is
  std::deque<Prepared> codes;
  std::deque<memory> packed;  // one for each layout in use; often one for all m

  bool is_int8() const { return s8.values != nullptr; }

  // The weights without panels, [k][n], for oneDNN to repack.
  template <typename T>
  base::AlignedBuffer<T> plain(const T* panels, size_t quad) const {
    base::AlignedBuffer<T> rows(k * n);
    for (size_t l = 0; l < k; ++l) {
      for (size_t j = 0; j < n; ++j) {
        const size_t within = (l / quad * 16 + j % 16) * quad + l % quad;
        rows.data()[l * n + j] = panels[j / 16 * k * 16 + within];
      }
    }
    return rows;
  }

  void pack(const void* rows, memory::data_type type, memory& to) const {
    dnnl::stream stream(cpu());
    memory from = view(rows_of(k, n, n, type), rows);
    dnnl::reorder(from, to).execute(stream, from, to);
    stream.wait();
  }

  const memory& weights_as(const memory::desc& desc) {
    for (const memory& weights : packed) {
      if (weights.get_desc() == desc) return weights;
    }
    memory weights(desc, cpu());
    if (is_int8()) {
      pack(plain(s8.values, 4).data(), memory::data_type::s8, weights);
    } else {
      pack(plain(f32, 1).data(), memory::data_type::f32, weights);
    }
    return packed.emplace_back(std::move(weights));
  }

  const Prepared* code_for(size_t m, size_t lda, size_t ldc) const {
    const std::shared_lock lock(mutex);
    return find_code(m, lda, ldc);
  }

  const Prepared* find_code(size_t m, size_t lda, size_t ldc) const {  // REQUIRES: the mutex is held
    for (const Prepared& code : codes) {
      if (code.m == m && code.lda == lda && code.ldc == ldc) return &code;
    }
    return nullptr;
  }

  void run(const void* a, size_t lda, size_t m, void* c, size_t ldc) const {
    const Prepared* code = code_for(m, lda, ldc);
    if (code == nullptr) throw dnnl::error(dnnl_invalid_arguments, "no code was prepared for these rows");
    const memory::desc scratch = code->desc.scratchpad_desc();
    dnnl::stream stream(cpu());
    code->primitive.execute(stream, {{DNNL_ARG_SRC, view(code->desc.src_desc(), a)},
                                     {DNNL_ARG_WEIGHTS, *code->weights},
                                     {DNNL_ARG_SCRATCHPAD, view(scratch, scratchpad(scratch.get_size()))},
                                     {DNNL_ARG_DST, view(code->desc.dst_desc(), c)}});
    stream.wait();
  }
};

std::string onednn_version() {
  const dnnl_version_t* v = dnnl_version();
  return std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
}

OneDnnMatrix::OneDnnMatrix(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
OneDnnMatrix::OneDnnMatrix(OneDnnMatrix&&) noexcept = default;
OneDnnMatrix& OneDnnMatrix::operator=(OneDnnMatrix&&) noexcept = default;
OneDnnMatrix::~OneDnnMatrix() = default;

OneDnnMatrix OneDnnMatrix::create(const float* b, size_t panels, size_t k) {
  auto impl = std::make_unique<Impl>();
  impl->f32 = b;
  impl->k = k;
  impl->n = 16 * panels;
  return OneDnnMatrix(std::move(impl));
}

OneDnnMatrix OneDnnMatrix::create(const kernels::WeightsS8& b) {
  auto impl = std::make_unique<Impl>();
  impl->s8 = b;
  impl->k = b.k4;
  impl->n = 16 * b.panels;
  return OneDnnMatrix(std::move(impl));
}

Status OneDnnMatrix::prepare(size_t m, size_t lda, size_t ldc) {
  using Type = memory::data_type;
  return without_exceptions([&] {
    Impl& x = *impl_;
    if (x.code_for(m, lda, ldc) != nullptr) return;
    const std::unique_lock lock(x.mutex);
    if (x.find_code(m, lda, ldc) != nullptr) return;  // another thread was first
    const memory::desc a = rows_of(m, x.k, lda, x.is_int8() ? Type::u8 : Type::f32);
    const memory::desc c = rows_of(m, x.n, ldc, x.is_int8() ? Type::s32 : Type::f32);
    const memory::desc b({static_cast<int64_t>(x.k), static_cast<int64_t>(x.n)},
                         x.is_int8() ? Type::s8 : Type::f32, memory::format_tag::any);
    const auto desc = product(a, b, c);
    x.codes.push_back({m, lda, ldc, desc, dnnl::matmul(desc), &x.weights_as(desc.weights_desc())});
  });
}

std::string OneDnnMatrix::implementation(size_t m, size_t lda, size_t ldc) const {
  const Impl::Prepared* code = impl_->code_for(m, lda, ldc);
  return code == nullptr ? "" : code->desc.impl_info_str();
}

Status OneDnnMatrix::gemm_f32(const float* a, size_t lda, size_t m, float* c, size_t ldc) const {
  return without_exceptions([&] { impl_->run(a, lda, m, c, ldc); });
}

Status OneDnnMatrix::sums_s8(const kernels::QuantizedRows& a, size_t m, int32_t* c, size_t ldc) const {
  return without_exceptions([&] { impl_->run(a.values, a.ld, m, c, ldc); });
}

Status OneDnnMatrix::gemm_s8(const kernels::QuantizedRows& a, size_t m, float* c, size_t ldc) const {
  Status status = without_exceptions([&] { impl_->run(a.values, a.ld, m, c, ldc); });
  if (!status.ok()) return status;
  const kernels::WeightsS8& b = impl_->s8;
  for (size_t i = 0; i < m; ++i) {
    for (size_t j = 0; j < impl_->n; ++j) {
      int32_t sum;  // it lies where the result goes
      std::memcpy(&sum, c + i * ldc + j, sizeof(sum));
      const auto centred = static_cast<float>(kernels::without_zero(sum, a.zero[i], b.column_sum[j]));
      c[i * ldc + j] = std::fma(centred, a.scale[i] * b.scale[j], b.bias[j]);
    }
  }
  return {};
}

namespace {

class OneDnnBackend : public Backend {
 public:
  std::string name() const override { return "onednn " + onednn_version(); }

  bool gemm_f32(const float* a, size_t lda, size_t m, const float* b, size_t panels, size_t k, float* c,
                size_t ldc) override {
    OneDnnMatrix* matrix = find(b, panels, [&] { return OneDnnMatrix::create(b, panels, k); });
    return matrix != nullptr && matrix->prepare(m, lda, ldc).ok() && matrix->gemm_f32(a, lda, m, c, ldc).ok();
  }

  bool gemm_s8(const kernels::QuantizedRows& a, size_t m, const kernels::WeightsS8& b, float* c,
               size_t ldc) override {
    OneDnnMatrix* matrix = find(b.values, b.panels, [&] { return OneDnnMatrix::create(b); });
    return matrix != nullptr && matrix->prepare(m, a.ld, ldc).ok() && matrix->gemm_s8(a, m, c, ldc).ok();
  }

 private:
  using Key = std::pair<const void*, size_t>;  // the first panel, and how many: teams take parts of a matrix

  // nullptr: there is no memory for it.
  template <typename Create>
  OneDnnMatrix* find(const void* weights, size_t panels, Create create) try {
    const Key key(weights, panels);
    {
      const std::shared_lock lock(mutex_);
      if (const auto at = matrices_.find(key); at != matrices_.end()) return &at->second;
    }
    const std::unique_lock lock(mutex_);
    if (const auto at = matrices_.find(key); at != matrices_.end()) return &at->second;
    return &matrices_.emplace(key, create()).first->second;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }

  std::shared_mutex mutex_;
  std::map<Key, OneDnnMatrix> matrices_;  // stay where they are
};

}  // namespace

Result<std::shared_ptr<Backend>> onednn_backend() {
  const Status status = without_exceptions([] { cpu(); });
  if (!status.ok()) return status;
  return std::shared_ptr<Backend>(std::make_shared<OneDnnBackend>());
}

}  // namespace linnet::engine
