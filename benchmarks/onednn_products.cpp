#include "support/onednn_products.hpp"

#include <algorithm>
#include <chrono>
#include <dnnl.hpp>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>
#ifdef _OPENMP
#include <omp.h>
#endif

namespace benchmarks {
namespace {

using dnnl::memory;
using Layout = memory::desc;
using Tag = memory::format_tag;

dnnl::engine& engine() {
  static dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

dnnl::stream& stream() {
  static dnnl::stream in_order(engine());
  return in_order;
}

Layout layout(const memory::dims& extents, Tag tag) {
  return Layout(extents, memory::data_type::f32, tag);
}

/// A matrix by the distances between its rows and between its columns.
Layout matrix(long rows, long columns, long row_stride, long column_stride) {
  return Layout({rows, columns}, memory::data_type::f32, memory::dims{row_stride, column_stride});
}

/// `chosen` is what a primitive asked for: the caller's own layout, or another one with a reorder between.
class Operand {
 public:
  Operand(const Layout& callers, const Layout& chosen)
      : callers_(callers, engine(), nullptr),
        inner_(callers == chosen ? callers_ : memory(chosen, engine())) {}

  const memory& inner() const { return inner_; }
  bool is_reordered() const { return inner_.get(true) != callers_.get(true); }

  /// Reorders the caller's values into the primitive's layout.
  void make_input() {
    if (is_reordered()) reorder_ = dnnl::reorder(callers_, inner_);
  }
  /// Reorders the result out, or adds it where `adds`: then it always has memory of its own.
  void make_output(bool adds) {
    if (adds && !is_reordered()) inner_ = memory(inner_.get_desc(), engine());
    if (!is_reordered()) return;
    dnnl::primitive_attr attributes;
    if (adds) {
      dnnl::post_ops sum;
      sum.append_sum(1);
      attributes.set_post_ops(sum);
    }
    reorder_ = dnnl::reorder(dnnl::reorder::primitive_desc(engine(), inner_.get_desc(), engine(),
                                                           callers_.get_desc(), attributes));
  }

  void attach(const float* data) { callers_.set_data_handle(const_cast<float*>(data)); }
  void bring_in() {
    if (is_reordered()) reorder_.execute(stream(), callers_, inner_);
  }
  void take_out() {
    if (is_reordered()) reorder_.execute(stream(), inner_, callers_);
  }

 private:
  memory callers_, inner_;
  dnnl::reorder reorder_;
};

/// A primitive between two inputs and an output.
struct Form {
  dnnl::primitive primitive;
  Operand out, left, right;
  int out_name, left_name, right_name;

  void run(float* o, const float* l, const float* r) {
    out.attach(o);
    left.attach(l);
    right.attach(r);
    left.bring_in();
    right.bring_in();
    primitive.execute(stream(),
                      {{out_name, out.inner()}, {left_name, left.inner()}, {right_name, right.inner()}});
    out.take_out();
    stream().wait();
  }
};

Form form(const dnnl::primitive& primitive, std::pair<int, Operand> out, std::pair<int, Operand> left,
          std::pair<int, Operand> right, bool adds) {
  left.second.make_input();
  right.second.make_input();
  out.second.make_output(adds);
  return {primitive, out.second, left.second, right.second, out.first, left.first, right.first};
}

/// The best of three runs after one that warms up.
double seconds_of(Form& form) {
  using Clock = std::chrono::steady_clock;
  const auto zeros = [](const Operand& operand) {
    return std::vector<float>(operand.inner().get_desc().get_size() / sizeof(float) + 16);
  };
  std::vector<float> out = zeros(form.out), left = zeros(form.left), right = zeros(form.right);
  double best = std::numeric_limits<double>::max();
  for (int round = 0; round < 4; ++round) {
    const auto before = Clock::now();
    form.run(out.data(), left.data(), right.data());
    if (round > 0) best = std::min(best, std::chrono::duration<double>(Clock::now() - before).count());
  }
  return best;
}

Compute fastest(std::vector<Form> forms) {
  std::vector<double> times;
  for (Form& f : forms) times.push_back(seconds_of(f));
  const auto index = std::min_element(times.begin(), times.end()) - times.begin();
  const auto best = std::make_shared<Form>(std::move(forms[static_cast<std::size_t>(index)]));
  return [best](float* out, const float* left, const float* right) { best->run(out, left, right); };
}

}  // namespace

// Its matrices are row-major, so it computes Cᵀ (n × m) = Bᵀ (n × k) · Aᵀ (k × m).
Compute onednn_product(const ProductShape& s) {
  const bool adds = s.kind == ProductKind::weight_gradient;
  const Layout a = s.kind == ProductKind::forward ? matrix(s.k, s.m, 1, s.k) : matrix(s.k, s.m, s.m, 1),
               b = adds ? matrix(s.n, s.k, 1, s.n) : matrix(s.n, s.k, s.k, 1), c = matrix(s.n, s.m, s.m, 1);
  const Layout any_a = layout({s.k, s.m}, Tag::any), any_b = layout({s.n, s.k}, Tag::any);
  dnnl::primitive_attr attributes;
  if (adds) {
    dnnl::post_ops sum;
    sum.append_sum(1);
    attributes.set_post_ops(sum);
  }
  std::vector<Form> forms;
  for (const auto& [left, right] : {std::pair{a, b}, std::pair{any_a, b}, std::pair{any_a, any_b}}) {
    const dnnl::matmul::primitive_desc chosen(dnnl::matmul::desc(right, left, c), attributes, engine());
    forms.push_back(form(dnnl::matmul(chosen), {DNNL_ARG_DST, {c, chosen.dst_desc()}},
                         {DNNL_ARG_WEIGHTS, {a, chosen.weights_desc()}},
                         {DNNL_ARG_SRC, {b, chosen.src_desc()}}, false));
  }
  return fastest(std::move(forms));
}

Compute onednn_convolution(Pass pass, const HalvingConvolution& g, long batch) {
  using enum dnnl::prop_kind;
  constexpr auto direct = dnnl::algorithm::convolution_direct;
  const memory::dims x_extents{batch, g.in_channels, g.in_size, g.in_size},
      y_extents{batch, g.out_channels, g.out_size(), g.out_size()},
      w_extents{g.out_channels, g.in_channels, 4, 4}, stride{2, 2}, padding{1, 1};
  const Layout x = layout(x_extents, Tag::nhwc), y = layout(y_extents, Tag::nhwc),
               w = layout(w_extents, Tag::ohwi), any_w = layout(w_extents, Tag::any);

  std::vector<Form> forms;
  for (const Tag activations : {Tag::nhwc, Tag::any}) {
    const Layout wanted_x = layout(x_extents, activations), wanted_y = layout(y_extents, activations);
    // Backward passes name the forward pass that they belong to.
    const dnnl::convolution_forward::primitive_desc forward(
        {forward_training, direct, wanted_x, any_w, wanted_y, stride, padding, padding}, engine());
    switch (pass) {
      case Pass::forward:
        forms.push_back(form(dnnl::convolution_forward(forward), {DNNL_ARG_DST, {y, forward.dst_desc()}},
                             {DNNL_ARG_SRC, {x, forward.src_desc()}},
                             {DNNL_ARG_WEIGHTS, {w, forward.weights_desc()}}, false));
        break;
      case Pass::input_gradient: {
        const dnnl::convolution_backward_data::primitive_desc chosen(
            {direct, wanted_x, any_w, wanted_y, stride, padding, padding}, engine(), forward);
        forms.push_back(form(dnnl::convolution_backward_data(chosen),
                             {DNNL_ARG_DIFF_SRC, {x, chosen.diff_src_desc()}},
                             {DNNL_ARG_DIFF_DST, {y, chosen.diff_dst_desc()}},
                             {DNNL_ARG_WEIGHTS, {w, chosen.weights_desc()}}, false));
        break;
      }
      case Pass::weight_gradient: {
        const dnnl::convolution_backward_weights::primitive_desc chosen(
            {direct, wanted_x, any_w, wanted_y, stride, padding, padding}, engine(), forward);
        forms.push_back(form(dnnl::convolution_backward_weights(chosen),
                             {DNNL_ARG_DIFF_WEIGHTS, {w, chosen.diff_weights_desc()}},
                             {DNNL_ARG_SRC, {x, chosen.src_desc()}},
                             {DNNL_ARG_DIFF_DST, {y, chosen.diff_dst_desc()}}, true));
        break;
      }
    }
  }
  return fastest(std::move(forms));
}

std::string onednn_setup() {
#ifdef _OPENMP
  omp_set_num_threads(1);
#endif
  const dnnl_version_t& v = *dnnl_version();
  const auto isa = dnnl::get_effective_cpu_isa();
  const char* vectors = isa == dnnl::cpu_isa::avx2    ? "AVX2"
                        : isa == dnnl::cpu_isa::sse41 ? "SSE4.1"
                        : isa == dnnl::cpu_isa::avx   ? "AVX"
                                                      : "more than AVX2";
  return "oneDNN " + std::to_string(v.major) + "." + std::to_string(v.minor) + "." + std::to_string(v.patch) +
         ", instructions: " + vectors;
}

}  // namespace benchmarks
