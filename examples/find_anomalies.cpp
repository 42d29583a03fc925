// Learns what normal samples are like and finds those that are not: pictures of a folder, images of an IDX
// file or rows of a table. By a VAE (reconstruction, ELBO, likelihood) and by a GAN (a search for each
// sample, an encoder, its discriminator's features); with a threshold from normal samples that no model has
// seen, and a ranked report.

#include <map>

#include "support/anomaly_results.hpp"

using namespace examples;

namespace {

struct AnomalyOptions : ResultOptions {
  std::string normal, others, anomalies, labels, normal_class;
  SampleFormat format;
  double held_out = 0.2;
  bool full = false;
};

void add_sample_options(CLI::App& app, AnomalyOptions& o) {
  auto* const normal =
      app.add_option("--normal", o.normal,
                     "Normal samples: a folder of PNGs and JPEGs, an IDX file (.gz or not), or a .csv of "
                     "numbers (default: digits of one class)")
          ->check(CLI::ExistingPath);
  app.add_option("--others", o.others, "Samples to judge, of the same kind")
      ->check(CLI::ExistingPath)
      ->needs(normal);
  app.add_option("--anomalies", o.anomalies, "Samples that are known not to be normal, for the measures")
      ->check(CLI::ExistingPath)
      ->needs(normal);
  auto* const normal_class = app.add_option(
      "--normal-class", o.normal_class,
      "The class of --normal that is normal, all others are anomalies: a folder in the folder, a label "
      "of --labels, or a digit (default: 3)");
  app.add_option("--labels", o.labels,
                 "Where the classes are: a column of the table, by name or number (-1: the last), or the IDX "
                 "file of the labels")
      ->needs(normal, normal_class);
  app.add_option("--size", o.format.size, "Of the images that pictures of a folder become, in pixels")
      ->check(CLI::Range(4, 1024))
      ->capture_default_str();
  app.add_flag("--color", o.format.color, "Keep the colors of pictures");
  app.add_option("--separator", o.format.separator, "Between the numbers of a table")->capture_default_str();
}

void add(CLI::App& app, AnomalyOptions& o) {
  add_sample_options(app, o);
  add_data_options(app, o);
  app.add_option(
         "--score", o.scores,
         "The first one ranks: of a VAE unexplained (the share of a sample's variance that its "
         "reconstruction misses), and in nats reconstruction, elbo, likelihood; of a GAN f-anogan (an "
         "encoder), anogan (a search for the latent vector), features (distance from the nearest normal "
         "sample as the discriminator sees it)")
      ->delimiter(',')
      ->check(CLI::IsMember(
          {"unexplained", "reconstruction", "elbo", "likelihood", "f-anogan", "anogan", "features", "all"}))
      ->capture_default_str();
  app.add_option("--quantile", o.quantile, "Of normal samples, the share that is not to raise an alarm")
      ->check(number_in(0.5, 0.999999))
      ->capture_default_str();
  app.add_option("--held-out", o.held_out, "The share of the normal samples that is not learned from")
      ->check(number_in(0.01, 0.9))
      ->capture_default_str();
  for (const auto& [name, steps, help] :
       {std::tuple{"--steps", &o.steps, "Of the VAE's training"},
        {"--gan-steps", &o.gan_steps, "Of the GAN's"},
        {"--encoder-steps", &o.encoder_steps, "Of the encoder's, for f-anogan"},
        {"--search-steps", &o.search.steps, "For each sample, for anogan"},
        {"--draws", &o.draws, "Latent vectors of each sample for its ELBO"},
        {"--importance-samples", &o.importance_samples, "For its likelihood"}})
    app.add_option(name, *steps, help)->check(CLI::Range(1, 10000000))->capture_default_str();
  app.add_option("--architecture", o.architecture,
                 "Networks (default: conv for images whose sides are multiples of 4, else mlp)")
      ->check(CLI::IsMember({"mlp", "conv"}));
  app.add_option("--latent", o.latent,
                 "Size of the latent vectors (default: 20; of a table a fourth of its columns)")
      ->check(CLI::Range(1, 4096));
  app.add_option("--width", o.width,
                 "Channels of the first convolution (default: 16), or units of mlp (128, of tables 32)")
      ->check(CLI::Range(1, 4096));
  app.add_option("--feature-weight", o.feature_weight,
                 "Of the discriminator's features in anogan and f-anogan")
      ->check(number_not_negative())
      ->capture_default_str();
  app.add_option("--listed", o.listed, "Samples in the report, the worst first")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_flag("--full", o.full, "Each of the ten digits in turn is the normal one, and the means are taken")
      ->excludes("--normal", "--normal-class");
  add_training_options(app, o);
  for (const char* not_here : {"--epochs", "--save"}) app.remove_option(app.get_option(not_here));
  app.get_option("--resume")
      ->description("Go on from the checkpoints in --out; where training has ended, judge alone");
}

AnomalyTask own_task(const AnomalyOptions& o) {
  const TaskMaker maker(o.quantile, o.held_out, o.seed);
  if (o.others.empty() && o.anomalies.empty() && o.normal_class.empty())
    throw ConfigError(
        "there is nothing to judge: name samples by --others or --anomalies, or the normal ones among "
        "those of --normal by --normal-class");
  const bool classes = !o.normal_class.empty();
  const NamedSamples all = load_samples(o.normal, o.format, o.labels, classes);
  std::optional<std::pair<NamedSamples, NamedSamples>> parts;
  if (classes) parts = split_by_class(all, o.normal_class);
  AnomalyTask task = maker.begin(parts ? parts->first : all, true);
  if (parts) TaskMaker::judge_too(task, parts->second, Known::anomaly);
  for (const auto& [path, known] : {std::pair{&o.anomalies, Known::anomaly}, {&o.others, Known::nothing}})
    if (!path->empty()) TaskMaker::judge_too(task, load_samples(*path, o.format), known);
  return task;
}

AnomalyTask task_of_digit(const AnomalyOptions& o, const std::string& digit) {
  const data::Mnist images = load_data(o, data::PixelRange::unit);
  const auto named = [](const Dataset& some, const char* what) {
    NamedSamples all{some, {}, {}, {}};
    for (Index i = 0; i < some.size(); ++i) {
      all.names.push_back(fmt::format("{} {}", what, i));
      all.classes.push_back(std::to_string(some.label(i)));
    }
    return all;
  };
  const auto test = split_by_class(named(images.test, "test image"), digit);
  AnomalyTask task = TaskMaker(o.quantile, o.held_out, o.seed)
                         .begin(split_by_class(named(images.train, "training image"), digit).first, false);
  TaskMaker::judge_too(task, test.first, Known::normal);
  TaskMaker::judge_too(task, test.second, Known::anomaly);
  return task;
}

/// Judges one set of samples; none where the user stopped it, whose training `last` then is.
std::optional<nlohmann::ordered_json> find(const AnomalyTask& task, const AnomalyOptions& o,
                                           const fs::path& folder, Resume resumed,
                                           std::optional<FitResult>& last) {
  Detector detector(o, task, folder, resumed);
  HtmlReport page(fmt::format("Anomalies among {} samples", task.about.size()));
  const auto say = [&](const std::string& text) {
    report("{}", text);
    page.paragraph(text);
  };
  say(fmt::format("{} normal samples to learn from and {} for the threshold, of {} from {}",
                  task.train.size(), task.held_out.cols(), to_string(task.shape()), task.source));
  say(fmt::format("judged: {} normal samples, {} anomalies, {} unknown", task.count(Known::normal),
                  task.count(Known::anomaly), task.count(Known::nothing)));
  const AnomalyNetworks& n = detector.networks();
  say(fmt::format(
      "setting: {} networks of width {}, {} latent dimensions, batches of {}, seed {}, {} threads, {} "
      "kernels",
      n.convolutional ? "conv" : "mlp", n.width, n.latent, o.batch_size, o.seed, num_threads(),
      kernels::isa_name(kernels::isa())));
  detector.add_baselines();
  const bool ended = (!detector.wants(vae_score_names) || detector.add_vae_scores()) &&
                     (!detector.wants(gan_score_names) || detector.add_gan_scores());
  last = detector.last();
  if (!ended) return std::nullopt;
  nlohmann::ordered_json json = write_table(page, task, detector, o);
  say(fmt::format("{} ranks; with the threshold at the {} quantile of held-out normal samples",
                  detector.first(), o.quantile));
  write_ranking(page, task, detector, o, folder);
  write_line(folder / "measures.json", json);
  return json;
}

/// The digits in turn, and means over them.
ExitCode run_all_digits(const AnomalyOptions& o) {
  std::map<std::string, std::vector<double>> areas;
  std::vector<std::string> names;
  Resume resumed = Resume::required;
  std::optional<FitResult> last;
  for (int digit = 0; digit < 10; ++digit) {
    report("\nnormal: {}", digit);
    const auto json = find(task_of_digit(o, std::to_string(digit)), o,
                           fs::path(o.out) / fmt::format("digit_{}", digit), resumed, last);
    if (!json) return ending(*last);
    resumed = Resume::if_present;
    for (const auto& [name, row] : json->items()) {
      if (digit == 0) names.push_back(name);
      areas[name].push_back(row.at("auc").at(0));
    }
  }
  nlohmann::ordered_json json;
  report("\n{:<16}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}", "area under ROC, %", 0, 1, 2, 3,
         4, 5, 6, 7, 8, 9, "mean");
  for (const std::string& name : names) {
    std::string line = fmt::format("{:<17}", name);
    for (const double area : areas[name]) line += fmt::format("{:>8.1f}", 100 * area);
    const double mean = mean_of(areas[name]).value;
    report("{}{:>8.1f}", line, 100 * mean);
    json[name] = {{"auc", areas[name]}, {"mean", mean}};
  }
  write_line(o.file("measures.json"), json);
  report("{}", o.file("measures.json").string());
  return ending(*last);
}

ExitCode run(const AnomalyOptions& o) {
  prepare_output_file(o.file("measures.json"));
  if (o.full) return run_all_digits(o);
  const AnomalyTask task =
      o.normal.empty() ? task_of_digit(o, o.normal_class.empty() ? "3" : o.normal_class) : own_task(o);
  std::optional<FitResult> last;
  if (find(task, o, o.out, Resume::required, last)) {
    for (const char* file : {"report.html", "scores.csv", "measures.json"})
      report("{}", o.file(file).string());
    if (!task.is_table()) report("{}", o.file("worst.png").string());
  }
  return ending(*last);
}

}  // namespace

int main(int argc, char** argv) {
  AnomalyOptions options;
  options.out = "out/find_anomalies";
  options.batch_size = 32;
  options.latent = 0;
  options.architecture = "";
  return run_mnist_program(
      argc, argv,
      "Learns normal pictures, images or rows of a table, and ranks others by how anomalous they "
      "are. Without arguments: threes among digits.\nA table to try it on is in Debian's "
      "python3-sklearn, sklearn/datasets/data/breast_cancer.csv, without its first line: "
      "--normal FILE --labels -1 --normal-class 1 --quantile 0.95 --held-out 0.4",
      options, add, [](const AnomalyOptions& o) { return run(o); });
}
