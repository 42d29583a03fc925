#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eigenerate/adversarial/any_adversary_term.hpp"
#include "eigenerate/layers/batch_norm.hpp"
#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "eigenerate/layers/tanh.hpp"
#include "eigenerate/testing/adversary_term_options.hpp"
#include "eigenerate/testing/detail/suite.hpp"

namespace eigenerate::testing {

/// The proof that a penalty of an `Adversary` keeps its contract: an empty list of failures.
///
/// On a smooth discriminator with a head besides its logit: the gradient against central differences of the
/// term's value; the head's parameters get none; it adds to the gradients; poisoned points and a smaller
/// batch in a larger memory; the same bits at a second call and on three threads; a NaN among the samples;
/// float against double; zero allocations; a layer without a tangent pass is refused by name; its figure
/// fits.
///
/// **Errors** what `validate` throws.
template <AdversaryPenalty P>
class AdversaryTermConformance : detail::Suite {
 public:
  AdversaryTermConformance(P penalty, AdversaryTermOptions options = {})
      : Suite(options.seed),
        penalty_(std::move(penalty)),
        options_(options),
        net_(layers(), NetworkOptions{.name = "discriminator", .seed = options.seed}),
        real_(normal(4, options.batch, 0)),
        fake_(normal(4, options.batch, 1)) {
    for (Index i = 0; i < net_.parameters().size(); ++i) net_.parameters().data()[i] *= options.steepness;
  }

  std::vector<std::string> run() {
    AnyAdversaryTerm<double>(penalty_).validate();
    check_gradient();
    check_contract();
    check_nan();
    check_refusals();
    check_float_and_threads();
    return failures_;
  }

 private:
  static auto layers() { return Sequential{Linear{4, 6}, Tanh{}, Linear{6, 2}}; }

  /// One call on poisoned points, at a step in which every term acts.
  template <Scalar S>
  double learn(const Network<S>& net, const Matrix<S>& real, const Matrix<S>& fake, Arena<S>& gradients,
               PenaltyMemory<S>& memory) const {
    memory.x_hat.setConstant(not_a_number<S>());
    return AnyAdversaryTerm<S>(penalty_).learn(
        {.real = real, .fake = fake, .random = RandomStream{options_.seed, Purpose::penalty}}, net, memory,
        gradients);
  }
  template <Scalar S>
  std::pair<double, Vector<S>> learn(const Network<S>& net, const Matrix<S>& real, const Matrix<S>& fake,
                                     Index room) const {
    PenaltyMemory<S> memory(net, room);
    Arena<S> gradients = net.parameters().like();
    const double value = learn(net, real, fake, gradients, memory);
    return {value, Eigen::Map<const Vector<S>>(gradients.data(), gradients.size())};
  }
  auto learn() const { return learn(net_, real_, fake_, options_.batch); }

  void check_gradient() {
    const auto [value, gradient] = learn();
    const auto numeric = central_differences([&] { return learn().first; }, net_.parameters().data(),
                                             net_.parameters().size());
    expect_close(relative_error(gradient, numeric), "the gradient", options_.tolerance);
    // The last layer's weight, in × out: column 0 makes the logit, column 1 the other head.
    const Segment& last = net_.parameters().segment("discriminator.2.weight");
    expect(gradient.segment(last.offset + 6, 6).isZero(0), "a head that is no logit gets a gradient");
    expect(!gradient.segment(last.offset, 6).isZero(0), "the logit gets no gradient");
  }

  void check_contract() {
    const auto [value, gradient] = learn();
    const auto [again, same] = learn();
    expect(value == again && gradient == same, "a second call gives other bits");
    const auto [larger, in_larger] = learn(net_, real_, fake_, options_.batch + 30);
    expect(value == larger && gradient == in_larger, "a smaller batch in a larger memory gives other bits");
    PenaltyMemory<double> memory(net_, options_.batch);
    Arena<double> gradients = net_.parameters().like();
    const AnyAdversaryTerm<double> term(penalty_);
    const AdversaryRound<double> round{
        .real = real_, .fake = fake_, .random = RandomStream{options_.seed, Purpose::penalty}};
    expect(!allocates([&] { term.learn(round, net_, memory, gradients); }), "it allocates on the heap");
    expect(relative_error(Eigen::Map<const Vector<double>>(gradients.data(), gradients.size()),
                          2 * gradient) <= 1e-12,
           "it does not add to the gradients");
  }

  void check_nan() {
    Matrix<double> real = real_, fake = fake_;
    real(1, 2) = fake(1, 2) = not_a_number<double>();
    expect(is_nan(learn(net_, real, fake, options_.batch).first),
           "a NaN among the samples does not reach the value");
  }

  void check_refusals() {
    const Network<double> coupled(Sequential{Linear{4, 6}, BatchNorm{6}, Linear{6, 1}},
                                  NetworkOptions{.name = "discriminator"});
    try {
      AnyAdversaryTerm<double>(penalty_).require(coupled);
      expect(false, "a layer without a tangent pass is not refused");
    } catch (const ConfigError& e) {
      expect(std::string_view(e.what()).find("discriminator.1 (BatchNorm)") != std::string_view::npos,
             "the refusal does not name the layer");
    }
    constexpr std::size_t longest_figure = 31;
    const std::string_view figure = P::figure;
    expect(!figure.empty() && figure.size() <= longest_figure,
           "its figure's name has not 1 to 31 characters");
  }

  void check_float_and_threads() {
    Network<float> net(layers(), NetworkOptions{.name = "discriminator"});
    for (Index i = 0; i < net.parameters().size(); ++i)
      net.parameters().data()[i] = static_cast<float>(net_.parameters().data()[i]);
    const Matrix<float> real = real_.cast<float>(), fake = fake_.cast<float>();
    const auto run = [&] { return learn(net, real, fake, options_.batch); };
    const auto [value, gradient] = on_threads(1, run);
    const auto [value3, gradient3] = on_threads(3, run);
    expect(value == value3 && gradient == gradient3, "three threads give other bits than one");
    const auto [exact, exact_gradient] = learn();
    const double error = std::max(std::abs(value - exact) / std::max(1.0, std::abs(exact)),
                                  relative_error(gradient, exact_gradient));
    expect_float(error, options_.float_tolerance);
  }

  P penalty_;
  AdversaryTermOptions options_;
  Network<double> net_;
  Matrix<double> real_, fake_;
};

/// The list of ways in which a penalty of an Adversary breaks its contract; empty for one that is done.
template <AdversaryPenalty P>
std::vector<std::string> check_adversary_term(P penalty, AdversaryTermOptions options = {}) {
  return AdversaryTermConformance<P>(std::move(penalty), options).run();
}

}  // namespace eigenerate::testing
