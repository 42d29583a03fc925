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
    term.require(learner_.network);
  }
}

template <Scalar S>
void Adversary<S>::prepare(Index max_batch) {
  if (!memory_ || memory_->max_batch < max_batch) memory_.emplace(*this, max_batch);
}

template <Scalar S>
double Adversary<S>::learn(const AdversaryRound<S>& round, std::span<double> values) {
  if (values.size() != terms_.size())
    fail<StateError>("{}: expected room for the values of {} terms, got {}", network().name(), terms_.size(),
                     values.size());
  Memory& m = prepared(round.real.cols());
  const ConstView<S> real = pass(round, round.real, m.real, 1, Buffers::update, m.real_logits),
                     fake = pass(round, round.fake, m.fake, 2, Buffers::update, m.fake_logits);
  const View<S> d_real = logits_view(m.d_real, real), d_fake = logits_view(m.d_fake, fake);
  const double value = loss_.discriminator(real, fake, d_real, d_fake);
  network().backward(output_gradient(m, d_real, round.real.cols()), m.real,
                     {.parameters = &learner_.gradients});
  network().backward(output_gradient(m, d_fake, round.fake.cols()), m.fake,
                     {.parameters = &learner_.gradients});
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    if (!terms_[i].acts(round.step)) continue;
    AdversaryRound<S> own = round;
    own.dropout = round.dropout.lane(i == 0 ? 3 : 5 + i);
    if (i > 0) own.random = round.random.lane(i);
    values[i] = terms_[i].learn(own, learner_.network, *m.penalty, learner_.gradients);
  }
  return value;
}

template <Scalar S>
typename Adversary<S>::Fooled Adversary<S>::fool(const AdversaryRound<S>& round) {
  Memory& m = prepared(round.fake.cols());
  ConstView<S> real;
  if (loss_.compares()) real = pass(round, round.real, m.real, 5, Buffers::keep, m.real_logits);
  const ConstView<S> fake = pass(round, round.fake, m.fake, 4, Buffers::keep, m.fake_logits);
  const View<S> d_fake = logits_view(m.d_fake, fake);
  const double value = loss_.generator(fake, real, d_fake);
  return {value, network().backward(output_gradient(m, d_fake, round.fake.cols()), m.fake, {.x = true}).x};
}

template <Scalar S>
typename Adversary<S>::Scores Adversary<S>::score(ConstView<S> real, ConstView<S> fake,
                                                  ConstView<S> condition) {
  Memory& m = prepared(real.cols());
  return {logits_of(network().forward({.x = real, .condition = condition}, m.real), m.real_logits),
          logits_of(network().forward({.x = fake, .condition = condition}, m.fake), m.fake_logits)};
}

template <Scalar S>
typename Adversary<S>::Memory& Adversary<S>::prepared(Index batch) {
  if (!memory_ || memory_->max_batch < batch)
    fail<StateError>("{}: call prepare({}) before a round of that many samples", network().name(), batch);
  return *memory_;
}

template <Scalar S>
ConstView<S> Adversary<S>::pass(const AdversaryRound<S>& round, ConstView<S> x, Workspace<S>& workspace,
                                std::uint64_t lane, Buffers buffers, Vector<S>& logits) {
  return logits_of(network().forward({.x = x,
                                      .condition = round.condition,
                                      .mode = Mode::train,
                                      .buffers = buffers,
                                      .random = round.dropout.lane(lane),
                                      .progress = round.progress},
                                     workspace),
                   logits);
}

template <Scalar S>
ConstView<S> Adversary<S>::logits_of(ConstView<S> y, Vector<S>& logits) const {
  const Index c = channels(), n = y.size() / c;
  if (c == 1) return {y.data(), 1, n};
  for (Index i = 0; i < n; ++i) logits(i) = y.data()[i * c];
  return {logits.data(), 1, n};
}

template <Scalar S>
ConstView<S> Adversary<S>::output_gradient(Memory& m, View<S> d, Index batch) const {
  const Index c = channels(), rows = c * logits_per_sample();
  if (c == 1) return {d.data(), rows, batch};
  std::fill_n(m.dy.data(), rows * batch, S(0));
  for (Index i = 0; i < d.size(); ++i) m.dy(i * c) = d(i);
  return {m.dy.data(), rows, batch};
}

EIGENERATE_INSTANTIATE_CLASS(Adversary)

}  // namespace eigenerate
