#pragma once

#include "eigenerate/adversarial/adversary.hpp"
#include "eigenerate/adversarial/sample_history.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate {

template <Scalar S>
Adversary<S>::Adversary(Network<S> discriminator, const LearnerOptions& options, AnyAdversarialLoss<S> loss,
                        std::vector<AnyAdversaryTerm<S>> terms, const Judging& judging)
    : learner_(std::move(discriminator), options),
      loss_(std::move(loss)),
      terms_(std::move(terms)),
      judging_(judging) {
  loss_.validate();
  const Index packing = judging.packing;
  if (packing < 1 || network().input_shape().size() % packing != 0)
    fail<ConfigError>("{}: expected a packing of at least 1 that divides its input of {} values, got {}",
                      network().name(), network().input_shape().size(), packing);
  if (packing > 1 && network().plan().condition)
    fail<ConfigError>("{}: judges packs of {} samples, which have no condition in common", network().name(),
                      packing);
  if (judging.history < 0 || judging.history > max_factor)
    fail<ConfigError>("{}: expected a history in [0, {}], got {}", network().name(), max_factor,
                      judging.history);
  if (judging.history > 0) {
    if (network().plan().condition)
      fail<ConfigError>("{}: a history of fakes does not go with conditions, which it does not keep",
                        network().name());
    learner_.memory = make_sample_history<S>(network().name(), sample_size(), judging.history);
  }
  for (const auto& term : terms_) {
    term.validate();
    if (packing > 1 && (term.plan().classes > 0 || term.plan().code.size() > 0))
      fail<ConfigError>("{}: judges packs of {} samples, which have no label or code in common for {}",
                        network().name(), packing, term.kind());
    if (judging.history > 0 && (term.plan().classes > 0 || term.plan().code.size() > 0))
      fail<ConfigError>("{}: keeps a history of fakes, and not the labels or codes of {}", network().name(),
                        term.kind());
    const Index channels = network().output_shape().channels, begin = expected_channels();
    heads_.push_back(term.plan().channels);
    if (expected_channels() > channels)
      fail<ConfigError>(
          "{}: the head of {} takes channels {} to {} behind the logit, but the discriminator ends in {}",
          network().name(), term.kind(), begin, expected_channels() - 1, channels);
    term.require(network());
  }
}

template <Scalar S>
void Adversary<S>::require_outputs(std::string_view who) const {
  if (network().output_shape().channels == expected_channels()) return;
  std::string heads;
  for (std::size_t i = 0; i < terms_.size(); ++i)
    if (heads_[i] > 0) heads += format_message(" and {} channels for {}", heads_[i], terms_[i].kind());
  fail<ShapeError>("{}: the discriminator must end in one logit{}, got an output of shape {}", who, heads,
                   to_string(network().output_shape()));
}

template <Scalar S>
double Adversary<S>::learn(const AdversaryRound<S>& given, std::span<double> values) {
  require_room(values);
  Memory& m = prepared(given.real.cols());
  AdversaryRound<S> round = packed(given);
  if (learner_.memory) round.fake = packs(shown(m, given));
  m.real.run(network(), pass_of(round, round.real, 1, Buffers::update));
  m.fake.run(network(), pass_of(round, round.fake, 2, Buffers::update));
  const double value =
      loss_.discriminator(m.real.logits(), m.fake.logits(), m.real.d_logits(), m.fake.d_logits());
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    if (terms_[i].is_penalty() || terms_[i].figure().empty()) continue;
    const AdversaryRound<S> own = round_of(round, i);
    values[i] = terms_[i].learn(own, side_of(m.real, i), side_of(m.fake, i), own_pass(m, own));
  }
  m.real.backward(network(), {.parameters = &learner_.gradients});
  m.fake.backward(network(), {.parameters = &learner_.gradients});
  for (std::size_t i = 0; i < terms_.size(); ++i)
    if (terms_[i].is_penalty() && terms_[i].acts(round.step))
      values[i] =
          terms_[i].learn(round_of(round, i), std::as_const(network()), *m.penalty, learner_.gradients);
  return value;
}

template <Scalar S>
typename Adversary<S>::Fooled Adversary<S>::fool(const AdversaryRound<S>& given, std::span<double> values,
                                                 const Fooling& how) {
  if (!values.empty()) require_room(values);
  Memory& m = prepared(given.fake.cols());
  AdversaryRound<S> round = packed(given);
  std::uint64_t lane = 4, other_lane = 5;  // of fakes, and of real samples
  if (how.maker == Maker::of_real) {
    std::swap(round.real, round.fake);
    std::swap(lane, other_lane);
  }
  const auto looks_at_both = [](const auto& term) { return term.plan().compares; };
  const bool compares =
      loss_.compares() || (how.terms && std::any_of(terms_.begin(), terms_.end(), looks_at_both));
  if (compares) m.real.run(network(), pass_of(round, round.real, other_lane, Buffers::keep));
  m.fake.run(network(), pass_of(round, round.fake, lane, Buffers::keep));
  View<S> d = m.fake.d_logits();
  double value = how.game * loss_of(how.maker, m, m.fake.logits(),
                                    loss_.compares() ? m.real.logits() : ConstView<S>(), d);
  if (how.game != 1) d *= static_cast<S>(how.game);
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    if (!how.terms || terms_[i].fool_figure().empty()) continue;
    TermSide<S> real;
    if (terms_[i].plan().compares) real = {m.real.x(), m.real.logits(), m.real.head(i)};
    const double share = terms_[i].fool(round_of(round, i), side_of(m.fake, i), real);
    if (!values.empty()) values[i] = share;
    value += share;
  }
  return {value, unpacked(m, m.fake.backward(network(), {.x = true}), given.fake.cols())};
}

template <Scalar S>
typename Adversary<S>::Scores Adversary<S>::score(ConstView<S> real, ConstView<S> fake,
                                                  ConstView<S> condition) {
  Memory& m = prepared(real.cols());
  m.real.run(std::as_const(network()), {.x = packs(real), .condition = condition});
  m.fake.run(std::as_const(network()), {.x = packs(fake), .condition = condition});
  return {m.real.logits(), m.fake.logits()};
}

template <Scalar S>
double Adversary<S>::fooled(const Scores& logits, Maker maker) {
  Memory& m = prepared(packing());
  if (m.mirrored.size() < logits.fake.size() + logits.real.size())
    fail<StateError>("{}: got {} and {} logits, more than those of the samples it is prepared for",
                     network().name(), logits.real.size(), logits.fake.size());
  return maker == Maker::of_fakes ? loss_of(maker, m, logits.fake, logits.real)
                                  : loss_of(maker, m, logits.real, logits.fake);
}

template <Scalar S>
double Adversary<S>::loss_of(Maker maker, Memory& m, ConstView<S> own, ConstView<S> other,
                             View<S> d_own) const {
  if (maker == Maker::of_fakes) return loss_.generator(own, other, d_own);
  const auto mirror = [&](ConstView<S> logits, S* to) -> ConstView<S> {
    const S twice = static_cast<S>(2 * loss_.undecided());
    for (Index i = 0; i < logits.size(); ++i) to[i] = twice - logits.data()[i];
    return {to, logits.rows(), logits.cols()};
  };
  const double value =
      loss_.generator(mirror(own, m.mirrored.data()), mirror(other, m.mirrored.data() + own.size()), d_own);
  if (wanted(d_own)) d_own *= S(-1);
  return value;
}

template <Scalar S>
Index Adversary<S>::expected_channels() const {
  Index sum = 1;
  for (const Index n : heads_) sum += n;
  return sum;
}

template <Scalar S>
void Adversary<S>::require_room(std::span<double> values) const {
  if (values.size() != terms_.size())
    fail<StateError>("{}: expected room for the values of {} terms, got {}", network().name(), terms_.size(),
                     values.size());
}

template <Scalar S>
typename Adversary<S>::Memory& Adversary<S>::prepared(Index batch) {
  if (!memory_ || memory_->max_batch < batch)
    fail<StateError>("{}: call prepare({}) before a round of that many samples", network().name(), batch);
  if (batch < packing())
    fail<ShapeError>("{}: judges packs of {} samples, got a round of {}", network().name(), packing(), batch);
  return *memory_;
}

template <Scalar S>
AdversaryRound<S> Adversary<S>::packed(const AdversaryRound<S>& round) const {
  AdversaryRound<S> own = round;
  own.real = packs(round.real);
  own.fake = packs(round.fake);
  if (packing() > 1) {  // what is of samples, not of packs
    own.labels = {};
    own.latent = {};
  }
  return own;
}

template <Scalar S>
ConstView<S> Adversary<S>::shown(Memory& m, const AdversaryRound<S>& round) {
  constexpr std::uint64_t of_history = 1 << 16;  // beyond those of the terms
  View<S> shown(m.shown.data(), round.fake.rows(), round.fake.cols());
  exchange_samples(*learner_.memory, round.fake, shown, round.random.lane(of_history));
  return shown;
}

template <Scalar S>
ConstView<S> Adversary<S>::unpacked(Memory& m, ConstView<S> d_packs, Index n) const {
  if (packing() == 1) return d_packs;
  kernels::copy(m.d_fake.data(), d_packs.data(), d_packs.size());
  std::fill_n(m.d_fake.data() + d_packs.size(), sample_size() * n - d_packs.size(), S(0));
  return {m.d_fake.data(), sample_size(), n};
}

template <Scalar S>
PassInput<S> Adversary<S>::pass_of(const AdversaryRound<S>& round, ConstView<S> x, std::uint64_t lane,
                                   Buffers buffers) {
  return {.x = x,
          .condition = round.condition,
          .mode = Mode::train,
          .buffers = buffers,
          .random = round.dropout.lane(lane),
          .progress = round.progress};
}

template <Scalar S>
AdversaryRound<S> Adversary<S>::round_of(const AdversaryRound<S>& round, std::size_t i) {
  AdversaryRound<S> own = round;
  own.dropout = round.dropout.lane(lane_of(i));
  if (i > 0) own.random = round.random.lane(i);
  return own;
}

template <Scalar S>
TermPass<S> Adversary<S>::own_pass(Memory& m, const AdversaryRound<S>& own) {
  if (!m.own) return {};
  PassInput<S> how = pass_of(own, {}, 0, Buffers::keep);
  how.random = own.dropout;
  return {&network(), &*m.own, &learner_.gradients, how, m.own_samples.data()};
}

EIGENERATE_INSTANTIATE_CLASS(Adversary)

}  // namespace eigenerate
