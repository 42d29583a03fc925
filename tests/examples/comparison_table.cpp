// What `compare_gan_vae` says of numbers: intervals, verdicts, and the page that shows them.

#include "../../examples/support/comparison_table.hpp"

#include <array>

#include "support/catch.hpp"
#include "support/files.hpp"

using namespace examples;

namespace {

/// A column whose runs have these values of a figure.
ComparisonColumn column(const std::string& key, const std::vector<double>& values, bool competes = true) {
  ComparisonColumn c{key, key + "s", competes};
  for (const double value : values) c.runs.push_back({{"x", value}});
  return c;
}

ComparisonRow row(Better better, std::string_view favorite = "", Summing summing = Summing::mean) {
  return {"section", "name", "x", better, favorite, 1, summing};
}

std::string verdict(const std::vector<ComparisonColumn>& columns, const ComparisonRow& of) {
  return ComparisonTable({of}, columns).verdict(of);
}

const std::vector<double> low{1, 1.1, 0.9, 1.05, 0.95}, high{3, 3.2, 2.8, 3.1, 2.9}, wide{0, 4, 1, 3, 2};

}  // namespace

TEST_CASE("Quantiles of Student's distribution are those of the tables", "[examples]") {
  for (const auto& [degrees, quantile] : {std::pair<std::size_t, double>{1, 12.706},
                                          {4, 2.776},
                                          {10, 2.228},
                                          {11, 2.201},
                                          {15, 2.131},
                                          {30, 2.042},
                                          {120, 1.980}}) {
    CAPTURE(degrees);
    CHECK(std::abs(student_quantile(degrees) - quantile) < 1.5e-3);
  }
}

TEST_CASE("An interval of a mean is Student's", "[examples]") {
  const auto p = placed(low, Summing::mean);
  REQUIRE(p);
  CHECK(std::abs(p->value - 1) < 1e-12);
  // Their standard deviation is √(0.025/4).
  CHECK(std::abs(p->interval.high - (1 + 2.776 * std::sqrt(0.025 / 4 / 5))) < 1e-12);
  CHECK(p->certain);
  CHECK_FALSE(placed({}, Summing::mean));
  CHECK_FALSE(placed({1}, Summing::spread));
  CHECK_FALSE(placed({1, 2, 3, 4}, Summing::mean)->certain);
}

TEST_CASE("A verdict is given where intervals are apart, and only there", "[examples]") {
  const auto gans = column("gan", low), vaes = column("vae", high), both = column("hybrid", wide);
  CHECK(verdict({gans, vaes}, row(Better::less, "gan")) == "gans ahead, as textbooks say");
  CHECK(verdict({gans, vaes}, row(Better::less, "vae")) == "gans ahead, against the textbooks");
  CHECK(verdict({gans, vaes}, row(Better::more)) == "vaes ahead");
  CHECK(verdict({gans, vaes}, row(Better::near_one)) == "gans ahead");
  CHECK(verdict({gans, vaes}, row(Better::unjudged)).empty());
  CHECK(verdict({gans, both}, row(Better::less)) == "not told apart");
  CHECK(verdict({gans, column("vae", {3, 3, 3, 3})}, row(Better::less)) == "fewer than 5 seeds");
  CHECK(verdict({column("gan", {}), vaes}, row(Better::less)) == "only the vaes has one");
}

TEST_CASE("A third model is named where it is ahead of all others", "[examples]") {
  const auto gans = column("gan", low), vaes = column("vae", high),
             third = column("hybrid", {0.1, 0.11, 0.1, 0.1, 0.1});
  CHECK(verdict({gans, vaes, third}, row(Better::less)) == "gans ahead; hybrids ahead of all");
  CHECK(verdict({gans, vaes, third}, row(Better::more)) == "vaes ahead of all");
  // What stands beside for comparison takes no part.
  CHECK(verdict({gans, vaes, column("real", {0.01}, false)}, row(Better::less)) == "gans ahead");
}

TEST_CASE("Spreads are compared as such", "[examples]") {
  const auto gans = column("gan", wide), vaes = column("vae", {3, 3.001, 3, 3, 2.999});
  CHECK(verdict({gans, vaes}, row(Better::less, "", Summing::spread)) == "vaes ahead");
  CHECK(verdict({gans, gans}, row(Better::less, "", Summing::spread)) == "not told apart");
}

TEST_CASE("A table of the comparison has sections, rows and absent figures", "[examples]") {
  const std::vector<ComparisonRow> rows{{"Quality", "error", "x", Better::less},
                                        {"Cost", "hours", "y", Better::less}};
  const ComparisonTable table(rows, {column("gan", low), column("vae", high)});
  CHECK(table.markdown() ==
        "| | gans | vaes | verdict |\n|---|---:|---:|---|\n"
        "| **Quality** | | | |\n| error | 1.000 ± 0.098 | 3.00 ± 0.2 | gans ahead |\n"
        "| **Cost** | | | |\n| hours | – | – | nobody has one |\n");
}

TEST_CASE("Pages escape text and hold their pictures", "[examples]") {
  CHECK(html_text("a<b> & \"c\"") == "a&lt;b&gt; &amp; &quot;c&quot;");
  const auto encoded = [](std::string_view text) { return base64(std::as_bytes(std::span(text))); };
  // The test vectors of RFC 4648.
  CHECK(encoded("").empty());
  CHECK(encoded("f") == "Zg==");
  CHECK(encoded("fo") == "Zm8=");
  CHECK(encoded("foo") == "Zm9v");
  CHECK(encoded("foob") == "Zm9vYg==");
  CHECK(encoded("foobar") == "Zm9vYmFy");
  const support::TemporaryFolder folder;
  HtmlReport page("1 < 2");
  CHECK_THROWS_AS(page.picture(folder / "none.png", "nothing"), eigenerate::IoError);
  page.write(folder / "page.html");
  const support::Bytes bytes = support::read_bytes(folder / "page.html");
  CHECK(support::contains(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
                          "<title>1 &lt; 2</title>"));
}
