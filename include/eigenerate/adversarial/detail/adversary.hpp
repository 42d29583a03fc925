#pragma once

#include "eigenerate/adversarial/adversary.hpp"

namespace eigenerate {

template <Scalar S>
Adversary<S>::Adversary(Network<S> discriminator, const LearnerOptions& options, AnyAdversarialLoss<S> loss,
                        std::vector<AnyAdversaryTerm<S>> terms)
    : learner_(std::move(discriminator), options), loss_(std::move(loss)), terms_(std::move(terms)) {
  loss_.validate();
  for (const auto& term : terms_) {
    term.validate();
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
    if (heads_[i] > 0) heads += fmt::format(" and {} channels for {}", heads_[i], terms_[i].kind());
  fail<ShapeError>("{}: the discriminator must end in one logit{}, got an output of shape {}", who, heads,
                   to_string(network().output_shape()));
}

template <Scalar S>
double Adversary<S>::learn(const AdversaryRound<S>& round, std::span<double> values) {
  require_room(values);
  Memory& m = prepared(round.real.cols());
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
typename Adversary<S>::Fooled Adversary<S>::fool(const AdversaryRound<S>& round, std::span<double> values) {
  if (!values.empty()) require_room(values);
  Memory& m = prepared(round.fake.cols());
  const bool compares = loss_.compares() || std::any_of(terms_.begin(), terms_.end(), [](const auto& term) {
                          return term.plan().compares;
                        });
  if (compares) m.real.run(network(), pass_of(round, round.real, 5, Buffers::keep));
  m.fake.run(network(), pass_of(round, round.fake, 4, Buffers::keep));
  double value = loss_.generator(m.fake.logits(), loss_.compares() ? m.real.logits() : ConstView<S>(),
                                 m.fake.d_logits());
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    if (terms_[i].fool_figure().empty()) continue;
    TermSide<S> real;
    if (terms_[i].plan().compares) real = {m.real.x(), m.real.logits(), m.real.head(i)};
    const double share = terms_[i].fool(round_of(round, i), side_of(m.fake, i), real);
    if (!values.empty()) values[i] = share;
    value += share;
  }
  return {value, m.fake.backward(network(), {.x = true})};
}

template <Scalar S>
typename Adversary<S>::Scores Adversary<S>::score(ConstView<S> real, ConstView<S> fake,
                                                  ConstView<S> condition) {
  Memory& m = prepared(real.cols());
  m.real.run(std::as_const(network()), {.x = real, .condition = condition});
  m.fake.run(std::as_const(network()), {.x = fake, .condition = condition});
  return {m.real.logits(), m.fake.logits()};
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
  if (!memory_ || memory_->real.max_batch() < batch)
    fail<StateError>("{}: call prepare({}) before a round of that many samples", network().name(), batch);
  return *memory_;
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
