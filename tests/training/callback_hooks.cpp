#include "eigenerate/training/callback_hooks.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "eigenerate/training/callbacks/checkpoints.hpp"
#include "eigenerate/training/callbacks/json_lines.hpp"
#include "eigenerate/training/callbacks/sample_grid.hpp"
#include "eigenerate/training/training.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "training/counting_model.hpp"

using namespace eigenerate;

namespace {

// One callback for each name on the list, with that member besides a hook that fits.
#define CALLBACK_WITH(name, meant)                         \
  struct With_##name {                                     \
    template <class M>                                     \
    void on_fit_end(const FitResult&, M&, StopRequest&) {} \
    template <class M>                                     \
    void name(const EpochRecord&, M&, StopRequest&) {}     \
  };
EIGENERATE_MISSPELLED_HOOKS(CALLBACK_WITH)
#undef CALLBACK_WITH

struct Plain {
  void on_epoch_end(const EpochRecord&, CountingModel&, StopRequest&) {}
  void at_leisure() {}
};
struct Overloaded {
  void on_epoch_end(const EpochRecord&, CountingModel&, StopRequest&) {}
  template <class M>
  void on_epoch_end(const EpochRecord&, M&, StopRequest&) {}
  static void on_fit_failed() {}
};
struct Inherited : Plain {};
struct Final final {
  template <class M>
  void on_epoch_end(const EpochRecord&, M&, StopRequest&) {}
};
struct FinalWrong final {
  template <class M>
  void on_fit_end(const FitResult&, M&, StopRequest&) {}
  template <class M>
  void on_epoch_end(const StepRecord&, M&, StopRequest&) {}
};
struct FinalMisspelled final {
  template <class M>
  void on_fit_end(const FitResult&, M&, StopRequest&) {}
  void on_epoch() {}
};
struct NotAModels {
  void on_epoch_end(const EpochRecord&, Plain&, StopRequest&) {}
};
struct Member {
  template <class M>
  void on_fit_end(const FitResult&, M&, StopRequest&) {}
  int on_step_end = 0;
};
struct ByValue {
  void on_epoch_end(EpochRecord, const CountingModel&, StopRequest&) const {}
};

template <class C>
std::string wrong() {
  return std::string(wrong_hook<C, CountingModel>());
}

}  // namespace

TEST_CASE("every name on the list of misspelled hooks is found", "[callback hooks]") {
#define FOUND_AND_MEANT(name, meant) {wrong<With_##name>(), #name, meant},
  const std::vector<std::array<std::string, 3>> list{EIGENERATE_MISSPELLED_HOOKS(FOUND_AND_MEANT)};
#undef FOUND_AND_MEANT
#define NAME_OF(name, ...) #name,
  const std::vector<std::string> hooks{EIGENERATE_CALLBACK_HOOKS(NAME_OF)};
#undef NAME_OF
  CHECK(list.size() > 100);
  for (const auto& [found, name, meant] : list) {
    CHECK(found == name);
    CHECK(std::count(hooks.begin(), hooks.end(), meant) == 1);
    CHECK(std::count(hooks.begin(), hooks.end(), name) == 0);
  }
}

TEST_CASE("hooks that can be called are let through, in every form", "[callback hooks]") {
  CHECK(wrong<Plain>().empty());
  CHECK(wrong<Overloaded>().empty());
  CHECK(wrong<Inherited>().empty());
  CHECK(wrong<Final>().empty());
  CHECK(wrong<ByValue>().empty());
  STATIC_REQUIRE(CallbackContract<Overloaded, CountingModel>::kept);
  STATIC_REQUIRE(CallbackContract<Final, CountingModel>::kept);
  // The library's own.
  CHECK(wrong<Checkpoints>().empty());
  CHECK(wrong<EarlyStopping>().empty());
  CHECK(wrong<JsonLines>().empty());
  CHECK(wrong<ProgressBar>().empty());
  CHECK(wrong<StopOnInterrupt>().empty());
}

TEST_CASE("hooks that cannot be called are found", "[callback hooks]") {
  CHECK(wrong<NotAModels>() == "on_epoch_end");
  CHECK(wrong<FinalWrong>() == "on_epoch_end");
  CHECK(wrong<FinalMisspelled>() == "on_epoch");
  CHECK(wrong<Member>() == "on_step_end");
}
