#pragma once

#include <string>

#include "eigenerate/distributions/require_support.hpp"
#include "eigenerate/models/ladder_vae.hpp"

namespace eigenerate {

template <Scalar S>
LadderVae<S>::LadderVae(std::vector<LadderLevel<S>> levels, Options options)
    : options_(validated(std::move(options))),
      levels_(make_levels(std::move(levels), options_)),
      sample_(options_.likelihood.sample_shape(down(1).output_shape(), options_.sample, name())) {
  if (sample_.size() != up(1).input_shape().size())
    fail<ShapeError>("LadderVae: level 1 takes samples of shape {}, but makes {}",
                     to_string(up(1).input_shape()), to_string(sample_));
}

template <Scalar S>
std::vector<typename LadderVae<S>::Level> LadderVae<S>::make_levels(std::vector<LadderLevel<S>> levels,
                                                                    const Options& o) {
  if (levels.empty()) fail<ConfigError>("LadderVae: expected at least one level");
  if (!o.sample && !levels[0].up.input_shape())
    fail<ConfigError>(
        "LadderVae: the first layer of level 1 takes images of any size; say the samples' shape, as in "
        ".sample = Shape{{1, 28, 28}}");
  std::vector<Level> made;
  std::uint64_t networks = 0;
  const auto learner = [&](std::string_view role, AnyLayer<S> layer, const std::optional<Shape>& input,
                           const Conditioning& conditioning) {
    // Seeds of their own: equal shapes must not start with equal weights.
    return Learner<S>(conditioning.network(std::move(layer), input,
                                           {.name = format_message("level{}.{}", made.size() + 1, role),
                                            .initializer = o.initializer,
                                            .seed = o.seed ^ (++networks << 48),
                                            .precision = o.precision}),
                      {o.optimizer, o.ema_decay, o.ema_warm_up});
  };
  const Conditioning on_labels{o.classes};
  for (LadderLevel<S>& level : levels) {
    const std::optional<Shape> below = made.empty() ? o.sample : made.back().up.network.output_shape();
    Learner<S> up = learner("up", std::move(level.up), below, on_labels);
    Learner<S> head = learner("head", std::move(level.head), up.network.output_shape(), {});
    const Shape& h = head.network.output_shape();
    if (!h.is_vector() || h.channels % 2 != 0)
      fail<ShapeError>(
          "LadderVae: {} must end in a vector of as many means as log-variances (put Flatten{{}} behind an "
          "image), got {}",
          head.network.name(), to_string(h));
    Learner<S> down = learner("down", std::move(level.down), Shape{h.channels / 2}, on_labels);
    if (!made.empty() && down.network.output_shape() != made.back().head.network.output_shape())
      fail<ShapeError>(
          "LadderVae: {} and {} must end in the same means and log-variances, those of latent vectors of "
          "level {}, got {} and {}",
          made.back().head.network.name(), down.network.name(), made.size(),
          to_string(made.back().head.network.output_shape()), to_string(down.network.output_shape()));
    made.push_back({std::move(up), std::move(head), std::move(down)});
  }
  return made;
}

template <Scalar S>
void LadderVae<S>::prepare(Index max_part, Index max_batch) {
  if (outgrows(memory_, max_part, max_batch)) memory_.emplace(*this, max_part, max_batch);
}

template <Scalar S>
StepMetrics LadderVae<S>::train_step(const Batch<S>& batch, const StepContext& context) {
  const BatchParts<S> parts(batch, context.part_size);
  Memory& m = prepared(batch, parts.largest());
  m.learners = list<Learner<S>>(*this, std::move(m.learners));
  StepTransaction<S> step(m.undo, m.learners, UndoScope::buffers);
  draw_noise(m, batch.size(), context.stream(Purpose::reparameterization));
  StepMetrics metrics;
  for (Index i = 0; i < parts.size(); ++i) {
    const BatchPart<S> part = parts[i];
    const Index n = part.batch.size();
    const PassInput<S> how{.x = part.batch.samples,
                           .condition = m.condition(part.batch.labels),
                           .mode = Mode::train,
                           .buffers = Buffers::update,
                           .random = part.stream(context.stream(Purpose::dropout)),
                           .progress = context.progress};
    climb(*this, how, m);
    const ConstView<S> parameters = descend(*this, how, part.first, n, m);
    m.weights.setConstant(S(-1) / static_cast<S>(n));
    const View<S> d(m.d_parameters.data(), parameters.rows(), n);
    options_.likelihood.log_probability_with_backward(how.x, parameters, first_numbers(m.weights, n),
                                                      first_numbers(m.log_px, n), d);
    metrics.average_in(judge(n, context.step, m), part.share);
    backward(as_const(d), m);
    for (Learner<S>* learner : m.learners) part.scale(learner->gradients);
  }
  update<S>(context, options_.clipping, metrics["loss"], m.learners);
  step.commit();
  return metrics;
}

template <Scalar S>
StepMetrics LadderVae<S>::evaluate(const Batch<S>& batch, const StepContext& context) {
  Memory& m = prepared(batch, batch.size());
  const Index n = batch.size();
  draw_noise(m, n, context.stream(Purpose::evaluation));
  const PassInput<S> how{
      .x = batch.samples, .condition = m.condition(batch.labels), .progress = context.progress};
  climb(std::as_const(*this), how, m);
  const ConstView<S> parameters = descend(std::as_const(*this), how, 0, n, m);
  options_.likelihood.log_probability(how.x, parameters, first_numbers(m.log_px, n));
  return judge(n, std::nullopt, m);
}

template <Scalar S>
std::vector<Warning> LadderVae<S>::health(const Batch<S>& batch, const StepContext& context) {
  prepare(batch.size());
  evaluate(batch, context);
  std::vector<Warning> warnings;
  for (std::size_t i = 0; i < levels_.size(); ++i)
    if (const double kl = memory_->rungs[i].kl; kl < 0.01)
      warnings.push_back(
          {WarningKind::posterior_collapse,
           format_message("posterior collapse: level {} of {} says {:.2g} nats of a sample; warm up the KL "
                          "terms more slowly (.schedule), or keep them some free_bits",
                          i + 1, levels_.size(), kl)});
  return warnings;
}

template <Scalar S>
std::vector<Warning> LadderVae<S>::setup_warnings(const Batch<S>&, const ValueRange& range) const {
  std::vector<Warning> warnings;
  for (Index level = 1; level <= levels(); ++level) {
    warn_of_bounded_outputs(warnings, head(level).plan(), "means and log-variances",
                            ValueRange::everything());
    if (level > 1)
      warn_of_bounded_outputs(warnings, down(level).plan(), "means and log-variances",
                              ValueRange::everything());
  }
  warn_of_bounded_outputs(warnings, down(1).plan(),
                          format_message("the parameters of a {} likelihood", options_.likelihood.kind()),
                          options_.likelihood.parameter_range(range));
  return warnings;
}

template <Scalar S>
void LadderVae<S>::require_values(const ValueRange& range, std::string_view name) const {
  require_support(format_message("{}: the LadderVae has a {} likelihood", name, options_.likelihood.kind()),
                  options_.likelihood.support(), range);
}

template <Scalar S>
std::vector<MetricName> LadderVae<S>::figures() const {
  std::vector<MetricName> names{"loss", "reconstruction", "kl"};
  for (std::size_t i = 0; i < reported_levels(); ++i) names.push_back("kl_" + std::to_string(i + 1));
  return names;
}

template <Scalar S>
Matrix<S> LadderVae<S>::embed(ConstView<S> x, std::span<const int> labels) const {
  at(*this, 1);
  conditioning().require(x, labels, sample_, name());
  return mean_of(predict_heads(x, labels).back());
}

template <Scalar S>
Matrix<S> LadderVae<S>::decode(ConstView<S> z, std::span<const int> labels) const {
  conditioning().require(z, labels, Shape{latent_size()}, name());
  return sample_mean(predict_down(z, labels, [](std::size_t, const Matrix<S>& p) { return mean_of(p); }));
}

template <Scalar S>
Matrix<S> LadderVae<S>::decode_drawn(ConstView<S> z, std::span<const int> labels,
                                     const RandomStream& random) const {
  conditioning().require(z, labels, Shape{latent_size()}, name());
  return sample_mean(predict_down(z, labels, [&](std::size_t i, const Matrix<S>& p) {
    Matrix<S> drawn(p.rows() / 2, p.cols());
    normal_.sample(as_const(p), stream_of(i, random), as_view(drawn));
    return drawn;
  }));
}

template <Scalar S>
Matrix<S> LadderVae<S>::reconstruct(ConstView<S> x, std::span<const int> labels) const {
  at(*this, 1);
  conditioning().require(x, labels, sample_, name());
  const std::vector<Matrix<S>> h = predict_heads(x, labels);
  return sample_mean(predict_down(mean_of(h.back()), labels, [&](std::size_t i, const Matrix<S>& p) {
    Matrix<S> q(p.rows(), p.cols());
    pair_.product(as_const(h[i]), as_const(p), as_view(q));
    return mean_of(q);
  }));
}

template <Scalar S>
std::vector<double> LadderVae<S>::log_likelihood(ConstView<S> x, Index k, std::span<const int> labels,
                                                 std::uint64_t seed) const {
  std::vector<double> result;
  for (const LogMeanExp& mean : importance_weights(x, k, labels, RandomStream{seed, Purpose::evaluation}))
    result.push_back(mean.value());
  return result;
}

template <Scalar S>
std::vector<LogMeanExp> LadderVae<S>::importance_weights(ConstView<S> x, Index k, std::span<const int> labels,
                                                         const RandomStream& random) const {
  const auto to_size = [](Index n) { return static_cast<std::size_t>(n); };
  if (k < 1)
    fail<ConfigError>("LadderVae: the log-likelihood needs at least one importance sample, got {}", k);
  conditioning().require(x, labels, sample_, name());
  // About 256 columns at a time keep the matrices in cache whatever k is.
  const Index portion = std::min<Index>(k, 64), chunk = std::min<Index>(256 / portion, x.cols());
  Memory m(*this, chunk * portion, chunk * portion);
  Vector<S> log_density(chunk * portion);
  std::vector<Matrix<S>> heads(levels_.size());
  std::vector<LogMeanExp> weights(to_size(x.cols()));
  for (Index begin = 0; begin < x.cols(); begin += chunk) {
    const Index inputs = std::min(chunk, x.cols() - begin);
    const ConstView<S> some(x.data() + begin * x.rows(), x.rows(), inputs);
    PassInput<S> how{.x = some};
    if (classes() > 0) how.condition = m.condition(labels.subspan(to_size(begin), to_size(inputs)));
    climb(*this, how, m);
    for (std::size_t i = 0; i < heads.size(); ++i) heads[i] = m.rungs[i].h;
    for (Index done = 0; done < k; done += portion) {
      const Index samples = std::min(portion, k - done), n = inputs * samples;
      // What x says of a level, once for each of its samples, which lie side by side.
      for (std::size_t i = 0; i < heads.size(); ++i) {
        View<S> repeated(m.rungs[i].dh.data(), heads[i].rows(), n);
        for (Index j = 0; j < n; ++j) repeated.col(j) = heads[i].col(j / samples);
        m.rungs[i].h = repeated;
      }
      draw_noise(m, n, random.at(to_size(begin)).lane(to_size(done / portion)));
      const ConstView<S> parameters = descend(*this, how, 0, n, m);
      options_.likelihood.log_probability(some, parameters, first_numbers(m.log_px, n));
      Vector<double> log_weight = m.log_px.head(n).template cast<double>();
      for (Rung& r : m.rungs) {
        const ConstView<S> q(r.q.data(), 2 * r.size, n), z(r.z.data(), r.size, n);
        const auto numbers = first_numbers(log_density, n);
        normal_.log_probability(z, r.p, numbers);
        log_weight += log_density.head(n).template cast<double>();
        normal_.log_density_of_sample(q, r.noise, numbers);
        log_weight -= log_density.head(n).template cast<double>();
      }
      for (Index j = 0; j < n; ++j) weights[to_size(begin + j / samples)].add(log_weight(j));
    }
  }
  return weights;
}

template <Scalar S>
typename LadderVae<S>::Memory& LadderVae<S>::prepared(const Batch<S>& batch, Index part) {
  at(*this, 1);  // a model that was moved from has none
  conditioning().require(batch, sample_, name());
  if (!memory_ || memory_->max_part < part || memory_->max_batch < batch.size())
    fail<StateError>("LadderVae: call prepare({}) before a step with that many samples", batch.size());
  return *memory_;
}

template <Scalar S>
void LadderVae<S>::draw_noise(Memory& m, Index columns, const RandomStream& random) const {
  for (std::size_t i = 0; i < m.rungs.size(); ++i) {
    Rung& r = m.rungs[i];
    fill_normal(r.noise_of_step.data(), r.size * columns, stream_of(i, random));
  }
}

template <Scalar S>
template <class Self>
void LadderVae<S>::climb(Self& self, const PassInput<S>& how, Memory& m) {
  PassInput<S> in = how;
  for (std::size_t i = 0; i < m.rungs.size(); ++i) {
    Rung& r = m.rungs[i];
    in.condition = how.condition;
    in.random = how.random.lane(3 * i);
    in.x = self.levels_[i].up.network.forward(in, r.up);
    in.condition = {};
    in.random = how.random.lane(3 * i + 1);
    r.h = self.levels_[i].head.network.forward(in, r.head);
  }
}

template <Scalar S>
template <class Self>
ConstView<S> LadderVae<S>::descend(Self& self, const PassInput<S>& how, Index first, Index n, Memory& m) {
  PassInput<S> in = how;
  ConstView<S> p(m.standard.data(), m.rungs.back().h.rows(), n);
  for (std::size_t i = m.rungs.size(); i-- > 0;) {
    Rung& r = m.rungs[i];
    r.p = p;
    r.noise = {r.noise_of_step.data() + r.size * first, r.size, n};
    View<S> q(r.q.data(), 2 * r.size, n), z(r.z.data(), r.size, n);
    // N(0, I) of the highest level is not what another one expects: there q is what x says.
    if (i + 1 == m.rungs.size())
      q = r.h;
    else
      pair_.product(r.h, p, q);
    normal_.reparameterize(as_const(q), r.noise, z);
    in.x = z;
    in.random = how.random.lane(3 * i + 2);
    p = self.levels_[i].down.network.forward(in, r.down);
  }
  return p;
}

template <Scalar S>
StepMetrics LadderVae<S>::judge(Index n, std::optional<std::uint64_t> step, Memory& m) const {
  const double weight = options_.kl_weight(step);
  const double reconstruction = -m.log_px.head(n).template cast<double>().mean();
  double kl = 0, charged = 0;
  for (Rung& r : m.rungs) {
    pair_.kl(ConstView<S>(r.q.data(), 2 * r.size, n), r.p, first_numbers(r.kl_of_each, n));
    r.kl = r.kl_of_each.head(n).template cast<double>().mean();
    const bool is_free = step && r.kl < options_.free_bits;  // a NaN is not
    r.kl_weight = is_free ? 0 : weight / static_cast<double>(n);
    charged += is_free ? options_.free_bits : r.kl;
    kl += r.kl;
  }
  StepMetrics metrics;
  metrics.set("loss", reconstruction + weight * charged);
  metrics.set("reconstruction", reconstruction);
  metrics.set("kl", kl);
  for (std::size_t i = 0; i < reported_levels(); ++i)
    metrics.set("kl_" + std::to_string(i + 1), m.rungs[i].kl);  // short enough to need no heap
  return metrics;
}

template <Scalar S>
void LadderVae<S>::backward(ConstView<S> d_parameters, Memory& m) {
  const Index n = d_parameters.cols();
  const std::size_t top = m.rungs.size() - 1;
  // Against the way of `descend`: from x up to z_L.
  ConstView<S> dp = d_parameters;  // of what level i's network `down` makes
  for (std::size_t i = 0; i <= top; ++i) {
    Rung& r = m.rungs[i];
    Learner<S>& down = levels_[i].down;
    const ConstView<S> q(r.q.data(), 2 * r.size, n);
    const View<S> dh(r.dh.data(), 2 * r.size, n), d_own(r.dp.data(), 2 * r.size, n);
    const View<S> dq = i == top ? dh : View<S>(r.dq.data(), 2 * r.size, n);
    for (Vector<S>* gradient : {&r.dq, &r.dp, &r.dh}) gradient->setZero();
    const ConstView<S> dz = down.network.backward(dp, r.down, {.parameters = &down.gradients, .x = true}).x;
    pair_.kl_backward(q, r.p, static_cast<S>(r.kl_weight), dq, i == top ? unwanted<S>() : d_own);
    normal_.reparameterize_backward(q, r.noise, dz, dq);
    if (i < top) pair_.product_backward(r.h, r.p, as_const(dq), dh, d_own);
    dp = d_own;
  }
  // And against that of `climb`: from the highest features down to x.
  ConstView<S> d_above;
  for (std::size_t i = top + 1; i-- > 0;) {
    Rung& r = m.rungs[i];
    Learner<S>&up = levels_[i].up, &head = levels_[i].head;
    View<S> dd(r.dd.data(), up.network.output_shape().size(), n);
    const ConstView<S> dh(r.dh.data(), 2 * r.size, n);
    dd = head.network.backward(dh, r.head, {.parameters = &head.gradients, .x = true}).x;
    if (i < top) dd += d_above;
    d_above = up.network.backward(as_const(dd), r.up, {.parameters = &up.gradients, .x = i > 0}).x;
  }
}

template <Scalar S>
std::vector<Matrix<S>> LadderVae<S>::predict_heads(ConstView<S> x, std::span<const int> labels) const {
  std::vector<Matrix<S>> h;
  Matrix<S> d;
  for (const Level& level : levels_) {
    d = conditioning().predict(level.up.network, h.empty() ? x : as_const(d), labels);
    h.push_back(level.head.network.predict(as_const(d)));
  }
  return h;
}

template <Scalar S>
Matrix<S> LadderVae<S>::predict_down(Matrix<S> z, std::span<const int> labels, const Choose& choose) const {
  const auto down = [&](std::size_t i) {
    return conditioning().predict(levels_[i].down.network, as_const(z), labels);
  };
  for (std::size_t i = levels_.size() - 1; i > 0; --i) z = choose(i - 1, down(i));
  return down(0);
}

EIGENERATE_INSTANTIATE_CLASS(LadderVae)

}  // namespace eigenerate
