#pragma once
// Trained weights as the command line names them: from a file of a training program alone, or from any
// safetensors file whose model the options describe.

#include "mnist_program.hpp"

namespace examples {

/// A file of weights, and the networks that it is of.
struct MnistWeights {
  std::string weights;
  std::string model;  // empty: what the file says
  MnistOptions networks;
};

inline void add_weight_options(CLI::App& app, MnistWeights& o) {
  app.add_option("--model", o.model,
                 "What the weights are of (default: what the file says, as for all that follows)")
      ->check(CLI::IsMember({"vae", "gan", "vaegan", "bigan"}));
  app.add_option("--architecture", o.networks.architecture, "Its networks")
      ->check(CLI::IsMember({"mlp", "conv", "tanh"}));
  app.add_option("--latent", o.networks.latent, "Size of its latent vector")->check(CLI::Range(1, 4096));
  app.add_option("--posterior", o.networks.posterior, "Of a VAE")->check(CLI::IsMember(mnist_posteriors));
  app.add_option("--prior", o.networks.prior, "Of a VAE")->check(CLI::IsMember(mnist_priors));
  app.add_option("--pseudo-inputs", o.networks.pseudo_inputs, "Of a VAE's vamp prior")
      ->check(CLI::Range(1, 65536));
  app.add_option("--likelihood", o.networks.likelihood, "Of a VAE")->check(CLI::IsMember(pixel_likelihoods));
  app.add_flag("--factor-vae", o.networks.factor_vae, "Whether a VAE has a discriminator for its codes");
  std::vector<std::string> uses = gan_label_uses();
  uses.push_back("no");  // for files that do not say it
  add_conditional_option(app, o.networks, uses);
  app.add_flag("--batch-norm", o.networks.batch_norm, "Whether a GAN's discriminator has batch norm");
  app.add_flag("--spectral-norm", o.networks.spectral_norm, "Whether it has spectral norm");
  app.add_option("--pac", o.networks.pac, "Samples that it judges as one")->check(CLI::Range(1, 64));
  app.add_flag("--augment", o.networks.augment, "Whether it saw disturbed images");
  app.add_flag("--noise", o.networks.noise, "Whether it saw noise on images");
  app.add_flag("--info", o.networks.info, "Whether it tells a code");
}

/// Fills in what the command line left open from the file's description of its model.
inline void describe_from_file(const CLI::App& app, MnistWeights& o) {
  const SafetensorsReader reader(o.weights);
  const auto fill = [&](const char* key, auto&& use) {
    if (app.count(std::string("--") + key) > 0) return;
    const auto at = reader.header().metadata.find(key);
    if (at == reader.header().metadata.end() || !use(at->second))
      throw IoError(fmt::format("{}: does not say what to build around it: --{} is needed", o.weights, key));
  };
  const auto one_of = [](std::string& option, const std::vector<std::string>& known) {
    return [&option, known](const std::string& text) {
      option = text;
      return std::find(known.begin(), known.end(), text) != known.end();
    };
  };
  fill("model", one_of(o.model, {"vae", "gan", "vaegan", "bigan"}));
  fill("architecture", one_of(o.networks.architecture, mnist_vae_architectures));
  fill("latent", [&](const std::string& text) {
    return CLI::detail::lexical_cast(text, o.networks.latent) && o.networks.latent > 0 &&
           o.networks.latent <= 4096;
  });
  fill("conditional", one_of(o.networks.conditional, {"no", "concat", "projection", "acgan"}));
  if (o.networks.architecture != "mlp" && o.networks.architecture != "conv" && o.model != "vae")
    throw ConfigError(
        fmt::format("{}: only a vae has the architecture {}", o.weights, o.networks.architecture));
  // Others' files do not know these words: what they leave open is not there, or their tensors do not fit.
  const auto fill_if_said = [&](const char* key, auto&& use) {
    if (reader.header().metadata.contains(key)) fill(key, use);
  };
  if (o.model == "vae") {
    fill_if_said("posterior", one_of(o.networks.posterior, mnist_posteriors));
    fill_if_said("prior", one_of(o.networks.prior, mnist_priors));
    fill_if_said("pseudo-inputs", [&](const std::string& text) {
      return CLI::detail::lexical_cast(text, o.networks.pseudo_inputs) && o.networks.pseudo_inputs > 0 &&
             o.networks.pseudo_inputs <= 65536;
    });
    fill_if_said("likelihood", one_of(o.networks.likelihood, pixel_likelihoods));
  }
  const auto yes_or_no = [](auto& option) {
    return [&option](const std::string& text) {
      option = text == "yes";
      return text == "yes" || text == "no";
    };
  };
  if (o.model == "vae") fill_if_said("factor-vae", yes_or_no(o.networks.factor_vae));
  if (o.model != "gan") return;
  fill_if_said("batch-norm", yes_or_no(o.networks.batch_norm));
  fill_if_said("spectral-norm", yes_or_no(o.networks.spectral_norm));
  fill_if_said("pac", [&](const std::string& text) {
    return CLI::detail::lexical_cast(text, o.networks.pac) && o.networks.pac > 0 && o.networks.pac <= 64;
  });
  fill_if_said("augment", yes_or_no(o.networks.augment));
  fill_if_said("noise", yes_or_no(o.networks.noise));
  fill_if_said("info", yes_or_no(o.networks.info));
}

/// Images as its model takes them.
inline data::Mnist load_data(const MnistWeights& o) {
  const bool is_signed = o.model == "gan" || o.model == "bigan";
  data::Mnist images =
      load_data(o.networks, is_signed ? data::PixelRange::signed_unit : data::PixelRange::unit);
  return o.model == "vae" ? images_for(o.networks.likelihood, std::move(images)) : images;
}

/// Builds the model, loads its weights and calls `f(model)`.
template <class F>
void with_model(const MnistWeights& o, F&& f) {
  const auto loaded = [&](auto model) {
    load_weights(o.weights, model);
    f(std::as_const(model));
  };
  if (o.model == "vae")
    loaded(make_trained_mnist_vae(o.networks));
  else if (o.model == "vaegan")
    loaded(make_mnist_vaegan(o.networks));
  else if (o.model == "bigan")
    loaded(make_mnist_bigan(o.networks));
  else
    loaded(make_mnist_gan(o.networks));
}

}  // namespace examples
