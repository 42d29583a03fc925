#include "eigenerate/data/load_csv.hpp"

#include <clocale>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using support::contains;

namespace {

struct File {
  support::TemporaryFolder folder;
  std::filesystem::path path = folder / "table.csv";

  data::CsvTable load(std::string_view text, const data::CsvOptions& options = {}) const {
    support::write_bytes(path, {text.begin(), text.end()});
    return data::load_csv(path, options);
  }
  std::string refusal(std::string_view text, const data::CsvOptions& options = {}) const {
    return support::error_of<Error>([&] { (void)load(text, options); });
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("load csv: numbers alone, with and without names") {
  const File file;
  const auto plain = file.load("1,2.5,-3e2\n4,+5,.5\n");
  CHECK(plain.samples.name() == file.path.string());
  CHECK(plain.samples.sample_shape() == Shape{3});
  CHECK(plain.samples.size() == 2);
  CHECK_FALSE(plain.samples.has_labels());
  CHECK(plain.columns == Names{"0", "1", "2"});
  CHECK(plain.samples.sample(0) == Vector<float>{{1, 2.5f, -300}});
  CHECK(plain.samples.sample(1) == Vector<float>{{4, 5, 0.5f}});

  const auto named = file.load(
      "\xef\xbb\xbf"
      "width , \"the \"\"height\"\"\"\r\n\r\n 1 ,\t2\r\n3,4");
  CHECK(named.columns == Names{"width", "the \"height\""});
  CHECK(named.samples.size() == 2);
  CHECK(named.samples.sample(1) == Vector<float>{{3, 4}});
  // Names that are numbers, and a first line that has none but is no header.
  CHECK(file.load("1,2\n3,4\n", {.header = data::CsvHeader::yes}).samples.size() == 1);
  CHECK(contains(file.refusal("a,b\n3,4\n", {.header = data::CsvHeader::no}), "line 1, column 1"));
  CHECK(file.load("1\t2\n3\t4\n", {.separator = '\t'}).samples.sample(1) == Vector<float>{{3, 4}});
  CHECK(file.load("1;2\r3;4\r", {.separator = ';'}).samples.sample(1) == Vector<float>{{3, 4}});
  CHECK(file.load("\"1\",\"2\"\n").samples.sample(0) == Vector<float>{{1, 2}});
}

TEST_CASE("load csv: labels are words or numbers, in their order") {
  const File file;
  const std::string_view irises = "length,species,width\n5.1,setosa,3.5\n7,versicolor,3.2\n6.3,setosa,3.3\n";
  const auto by_name = file.load(irises, {.label = "species"});
  CHECK(by_name.columns == Names{"length", "width"});
  CHECK(by_name.class_names == Names{"setosa", "versicolor"});
  CHECK(by_name.samples.labels() == std::vector<int>{0, 1, 0});
  CHECK(by_name.samples.classes() == 2);
  CHECK(by_name.samples.sample(1) == Vector<float>{{7, 3.2f}});
  CHECK(file.load(irises, {.label = 1}).samples.labels() == by_name.samples.labels());
  CHECK(file.load(irises, {.label = -2}).samples.labels() == by_name.samples.labels());

  // Numbers in the order of numbers, which that of words is not; with a word among them, words.
  CHECK(file.load("1,10\n2,9\n3,10\n", {.label = -1}).class_names == Names{"9", "10"});
  CHECK(file.load("1,10\n2,9\n3,10\n", {.label = -1}).samples.labels() == std::vector<int>{1, 0, 1});
  CHECK(file.load("1,10\n2,9\n3,x\n", {.label = -1}).class_names == Names{"10", "9", "x"});
  CHECK(file.load("1,\"a, \nb\"\n2,c\n", {.label = -1}).class_names == Names{"a, \nb", "c"});
}

TEST_CASE("load csv: samples have the shape that is asked for") {
  const File file;
  const auto digits =
      file.load("label,p0,p1,p2,p3\n7,0,64,128,255\n", {.label = "label", .shape = Shape{1, 2, 2}});
  CHECK(digits.samples.sample_shape() == Shape{1, 2, 2});
  CHECK(digits.samples.sample(0) == Vector<float>{{0, 64, 128, 255}});
}

TEST_CASE("load csv: numbers are read as in C, whatever the locale") {
  const char* before = std::setlocale(LC_NUMERIC, nullptr);
  const std::string name = before ? before : "C";
  for (const char* german : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"})
    if (std::setlocale(LC_NUMERIC, german)) break;
  CHECK(File().load("1.5,2.25\n").samples.sample(0) == Vector<float>{{1.5f, 2.25f}});
  std::setlocale(LC_NUMERIC, name.c_str());
}

TEST_CASE("load csv: what is no such table is refused, with line and column") {
  const File file;
  CHECK(contains(file.refusal("a,b\n1,2\n3,\n"),
                 "table.csv: malformed in line 3, column 2: expected a number, got a missing value"));
  CHECK(contains(file.refusal("a,b\n1,c\n,d\n", {.label = "b"}), "line 3, column 1: expected a number"));
  CHECK(contains(file.refusal("1,2\n3,\n", {.label = 1}),
                 "line 2, column 2: expected a label, got a missing value"));
  for (const char* bad :
       {"x", "NA", "nan", "inf", "-Infinity", "1e99", "0x10", "1 2", "1,5e", "--1", "1.2.3"})
    CHECK(contains(file.refusal(std::string("1;1\n2;") + bad + "\n", {.separator = ';'}),
                   "line 2, column 2: expected a number that a float can hold, got \"" + std::string(bad)));
  CHECK(contains(file.refusal("1,2\n3\n"),
                 "line 2, column 2: expected 2 fields, as the first line has, got 1"));
  CHECK(contains(file.refusal("1,2\n3,4,5\n"), "line 2, column 3: expected 2 fields"));
  CHECK(contains(file.refusal("1,2\n3,\"4"),
                 "line 2, column 2: expected a quotation mark that ends the field"));
  CHECK(contains(file.refusal("1,2\n3,\"4\"5\n"),
                 "line 2, column 2: expected a separator or the end of the line"));
  // Lines are those of an editor, also behind a field that has several.
  CHECK(contains(file.refusal("a,\"b\nb\"\n1,2\n3,x\n"), "line 4, column 2"));
  CHECK(contains(file.refusal(""), "table.csv: malformed: expected lines of numbers, got none"));
  CHECK(contains(file.refusal("\n \n\n"), "got none"));
  CHECK(contains(file.refusal("a,b\n"), "got their header alone"));
  CHECK(contains(support::error_of([&] { (void)data::load_csv(file.folder / "absent"); }),
                 "absent: cannot open"));

  using support::refuses;
  refuses<ConfigError>([&] { (void)file.load("a,b\n1,2\n", {.label = "c"}); },
                       {"no column \"c\"", "among 2"});
  refuses<ConfigError>([&] { (void)file.load("1,2\n", {.label = "c"}); }, {"no line with names"});
  for (const Index beyond : {2, -3})
    refuses<ConfigError>([&] { (void)file.load("1,2\n", {.label = beyond}); }, {"no column"});
  refuses<ConfigError>([&] { (void)file.load("1,2\n", {.shape = Shape{1, 2, 2}}); }, {"4 features", "got 2"});
  refuses<ConfigError>([&] { (void)file.load("1\n", {.label = 0}); }, {"got 0"});
  refuses<ConfigError>([&] { (void)file.load("1,2\n", {.separator = '.'}); }, {"separator '.'"});
}

TEST_CASE("load csv: every beginning of a table and every changed byte is read or refused in words") {
  const File file;
  const std::string whole = "a,\"b \"\"c\",d\n1,2.5,x\n-3e1,\"4\",\"y\nz\"\n";
  const auto check = [&](const std::string& text) {
    try {
      const auto table = file.load(text, {.label = -1});
      CHECK(table.samples.size() >= 1);
    } catch (const Error& error) {
      CHECK(contains(error.what(), "table.csv: "));
    }
  };
  for (std::size_t i = 0; i < whole.size(); ++i) {
    check(whole.substr(0, i));
    for (const char c : {'\0', '"', ',', '\n', '\r', 'e', '\xff'}) {
      std::string changed = whole;
      changed[i] = c;
      check(changed);
    }
  }
}
