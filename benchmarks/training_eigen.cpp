// The plain-Eigen peer: a training step of the VAE of perceptrons, and the products alone of a step of the
// DCGAN (its convolutions by patches). What a careful user of Eigen writes: no temporaries, every matrix
// allocated beforehand. Compiled with -O3 -march=native. Answers the requests of support/serve.hpp;
// OMP_NUM_THREADS applies.

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "support/eigen_products.hpp"
#include "support/serve.hpp"

namespace benchmarks {
namespace {

using Eigen::Index;
using Matrix = Eigen::MatrixXf;

/// A tensor that Adam trains.
struct Parameter {
  Matrix value, gradient, m, v;

  Parameter(Index rows, Index columns, float bound)
      : value(bound * Matrix::Random(rows, columns)),
        gradient(Matrix::Zero(rows, columns)),
        m(gradient),
        v(gradient) {}

  void adam_step(long step, float learning_rate) {
    const float beta1 = 0.9f, beta2 = 0.999f, epsilon = 1e-8f;
    const auto t = static_cast<float>(step);
    const float rate = learning_rate / (1 - std::pow(beta1, t)),
                scale = 1 / std::sqrt(1 - std::pow(beta2, t));
    m = beta1 * m + (1 - beta1) * gradient;
    v = beta2 * v + (1 - beta2) * gradient.cwiseAbs2();
    value.array() -= rate * m.array() / (scale * v.array().sqrt() + epsilon);
  }
};

/// y = W x + b for a batch of columns, with everything that its training writes.
struct Linear {
  Parameter w, b;
  Matrix y, dy, dx;

  Linear(Index in, Index out, Index batch)
      : w(out, in, 1 / std::sqrt(static_cast<float>(in))),
        b(out, 1, 1 / std::sqrt(static_cast<float>(in))),
        y(out, batch),
        dy(out, batch),
        dx(in, batch) {}

  void forward(const Matrix& x) {
    y.noalias() = w.value * x;
    y.colwise() += b.value.col(0);
  }
  void forward_relu(const Matrix& x) {
    forward(x);
    y = y.cwiseMax(0.0f);
  }
  void add_gradients(const Matrix& x) {
    w.gradient.noalias() = dy * x.transpose();
    b.gradient = dy.rowwise().sum();
  }
  void input_gradient() { dx.noalias() = w.value.transpose() * dy; }
  void adam_step(long step) {
    w.adam_step(step, 1e-3f);
    b.adam_step(step, 1e-3f);
  }
};

class MlpVae {
 public:
  MlpVae(Index width, Index batch)
      : images_((Matrix::Random(784, 4096).array() + 1) / 2),
        order_(static_cast<std::size_t>(images_.cols())),
        x_(784, batch),
        noise_(latent, batch),
        z_(latent, batch),
        in_(784, width, batch),
        posterior_(width, 2 * latent, batch),
        hidden_(latent, width, batch),
        out_(width, 784, batch) {
    std::iota(order_.begin(), order_.end(), Index{0});
  }

  void step() {
    next_batch();
    const auto batch = static_cast<float>(x_.cols());

    in_.forward_relu(x_);
    posterior_.forward(in_.y);
    const auto mean = posterior_.y.topRows(latent).array(),
               log_variance = posterior_.y.bottomRows(latent).array();
    for (float& value : noise_.reshaped()) value = normal_(random_);
    z_.array() = mean + (0.5f * log_variance).exp() * noise_.array();
    hidden_.forward_relu(z_);
    out_.forward(hidden_.y);

    const auto logits = out_.y.array(), x = x_.array();
    const float reconstruction = (logits.cwiseMax(0.0f) - x * logits + (-logits.abs()).exp().log1p()).sum();
    const float kl = 0.5f * (mean.square() + log_variance.exp() - 1 - log_variance).sum();
    loss_ = (reconstruction + kl) / batch;
    if (!std::isfinite(loss_)) throw std::runtime_error("the loss is not finite");

    out_.dy.array() = (logits.logistic() - x) / batch;
    out_.add_gradients(hidden_.y);
    out_.input_gradient();
    hidden_.dy.array() = (hidden_.y.array() > 0.0f).select(out_.dx.array(), 0.0f);
    hidden_.add_gradients(z_);
    hidden_.input_gradient();
    posterior_.dy.topRows(latent).array() = hidden_.dx.array() + mean / batch;
    posterior_.dy.bottomRows(latent).array() =
        0.5f * (hidden_.dx.array() * noise_.array() * (0.5f * log_variance).exp() +
                (log_variance.exp() - 1) / batch);
    posterior_.add_gradients(in_.y);
    posterior_.input_gradient();
    in_.dy.array() = (in_.y.array() > 0.0f).select(posterior_.dx.array(), 0.0f);
    in_.add_gradients(x_);

    ++step_;
    for (Linear* layer : {&in_, &posterior_, &hidden_, &out_}) layer->adam_step(step_);
  }

 private:
  static constexpr Index latent = 20;

  void next_batch() {
    if (next_ + x_.cols() > images_.cols()) next_ = 0;
    if (next_ == 0) std::shuffle(order_.begin(), order_.end(), random_);
    for (Index i = 0; i < x_.cols(); ++i)
      x_.col(i) = images_.col(order_[static_cast<std::size_t>(next_ + i)]);
    next_ += x_.cols();
  }

  Matrix images_;
  std::vector<Index> order_;
  Index next_ = 0;
  std::mt19937 random_;
  std::normal_distribution<float> normal_;
  Matrix x_, noise_, z_;
  Linear in_, posterior_, hidden_, out_;
  long step_ = 0;
  float loss_ = 0;
};

/// Every product of a DCGAN step and nothing else: a bound that a whole step written with Eigen cannot beat.
class DcganProducts {
 public:
  explicit DcganProducts(long batch)
      : batch_(batch),
        latent_(random(100 * batch)),
        image_(random(784 * batch)),
        middle_(random(first_.out_values() * batch)),
        features_(random(6272 * batch)),
        logit_(random(batch)),
        project_weight_(random(100 * 6272)),
        first_weight_(random(first_.patch() * first_.out_channels)),
        second_weight_(random(second_.patch() * second_.out_channels)),
        score_weight_(random(6272)) {}

  void step() {
    generate();
    for (int real_and_generated = 0; real_and_generated < 2; ++real_and_generated) {
      discriminate();
      score(ProductKind::weight_gradient);
      score(ProductKind::input_gradient);
      convolution_weight_gradient(second_weight_, middle_, features_, second_);
      convolution_input_gradient(middle_, features_, second_weight_, second_);
      convolution_weight_gradient(first_weight_, image_, middle_, first_);
    }
    discriminate();
    score(ProductKind::input_gradient);
    convolution_input_gradient(middle_, features_, second_weight_, second_);
    convolution_input_gradient(image_, middle_, first_weight_, first_);
    // Backward through the generator: its transposed convolutions are the adjoints of the same two
    // convolutions.
    convolution_weight_gradient(first_weight_, image_, middle_, first_);
    convolution_forward(middle_, image_, first_weight_, first_);
    convolution_weight_gradient(second_weight_, middle_, features_, second_);
    convolution_forward(features_, middle_, second_weight_, second_);
    eigen_product(project_weight_.data(), latent_.data(), features_.data(),
                  {ProductKind::weight_gradient, 100, 6272, batch_});
    // The sums in the weights must not grow from step to step.
    for (Eigen::VectorXf* w : {&project_weight_, &first_weight_, &second_weight_, &score_weight_})
      w->setConstant(0.01f);
  }

 private:
  static constexpr HalvingConvolution first_{1, 28, 64}, second_{64, 14, 128};

  static Eigen::VectorXf random(long size) { return Eigen::VectorXf::Random(size); }

  void convolution_forward(Eigen::VectorXf& y, const Eigen::VectorXf& x, const Eigen::VectorXf& w,
                           const HalvingConvolution& g) {
    eigen_convolution_forward(y.data(), x.data(), w.data(), g, batch_);
  }
  void convolution_input_gradient(Eigen::VectorXf& dx, const Eigen::VectorXf& dy, const Eigen::VectorXf& w,
                                  const HalvingConvolution& g) {
    eigen_convolution_input_gradient(dx.data(), dy.data(), w.data(), g, batch_);
  }
  void convolution_weight_gradient(Eigen::VectorXf& dw, const Eigen::VectorXf& x, const Eigen::VectorXf& dy,
                                   const HalvingConvolution& g) {
    eigen_convolution_weight_gradient(dw.data(), x.data(), dy.data(), g, batch_);
  }

  void generate() {
    eigen_product(features_.data(), project_weight_.data(), latent_.data(),
                  {ProductKind::forward, 6272, batch_, 100});
    convolution_input_gradient(middle_, features_, second_weight_, second_);
    convolution_input_gradient(image_, middle_, first_weight_, first_);
  }
  void discriminate() {
    convolution_forward(middle_, image_, first_weight_, first_);
    convolution_forward(features_, middle_, second_weight_, second_);
    score(ProductKind::forward);
  }
  /// One of the products of the last layer, 6272 → 1.
  void score(ProductKind kind) {
    if (kind == ProductKind::forward)
      eigen_product(logit_.data(), score_weight_.data(), features_.data(), {kind, 1, batch_, 6272});
    else if (kind == ProductKind::input_gradient)
      eigen_product(features_.data(), score_weight_.data(), logit_.data(), {kind, 6272, batch_, 1});
    else
      eigen_product(score_weight_.data(), features_.data(), logit_.data(), {kind, 6272, 1, batch_});
  }

  long batch_;
  Eigen::VectorXf latent_, image_, middle_, features_, logit_;
  Eigen::VectorXf project_weight_, first_weight_, second_weight_, score_weight_;
};

template <class Model>
std::function<void()> step_of(std::shared_ptr<Model> model) {
  return [model] { model->step(); };
}

std::function<void()> make_step(const Request& r) {
  if (r.task == "train" && r.model == "mlp_vae") return step_of(std::make_shared<MlpVae>(r.width, r.batch));
  if (r.task == "train" && r.model == "dcgan") return step_of(std::make_shared<DcganProducts>(r.batch));
  throw std::invalid_argument("the Eigen peer trains mlp_vae and the products of dcgan only");
}

void set_precision(const std::string& name) {
  if (name != "highest") throw std::invalid_argument("Eigen has float32 products only");
}

}  // namespace
}  // namespace benchmarks

int main() {
  std::printf(
      "{\"program\": \"training_eigen\", \"version\": \"%s\", \"precision\": \"highest\", \"threads\": %d}\n",
      eigen_description(), Eigen::nbThreads());
  std::fflush(stdout);
  return benchmarks::serve(benchmarks::set_precision, benchmarks::make_step);
}
