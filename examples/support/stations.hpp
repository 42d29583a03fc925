#pragma once
// The images that animations come by.

#include <eigenerate/data/dataset.hpp>
#include <limits>
#include <vector>

namespace examples {

using namespace eigenerate;

using Stations = std::vector<Index>;  ///< test images that a loop comes by

/// Chooses among the first images of a test set, whose codes these are.
class StationPlan {
 public:
  StationPlan(const Dataset& test, const Matrix<float>& codes) : codes_(codes) {
    of_class_.resize(static_cast<std::size_t>(test.classes()));
    for (Index i = 0; i < codes.cols() && test.has_labels(); ++i)
      of_class_[static_cast<std::size_t>(test.label(i))].push_back(i);
    std::erase_if(of_class_, [](const Stations& all) { return all.empty(); });
  }
  bool has_classes() const { return !of_class_.empty(); }

  /// `n` images as they come.
  Stations any(Index loop, Index n) const {
    Stations s;
    for (Index k = 0; k < n; ++k) s.push_back((loop * n + k) % codes_.cols());
    return s;
  }
  /// Of one class, each class in its turn.
  Stations within_class(Index loop, Index n) const {
    const Index classes = static_cast<Index>(of_class_.size());
    const Stations& all = of_class_[static_cast<std::size_t>(loop % classes)];
    Stations s;
    for (Index k = 0; k < n; ++k)
      s.push_back(all[static_cast<std::size_t>(loop / classes * n + k) % all.size()]);
    return s;
  }
  /// One of each class; without classes `n`, the codes of which are far from each other.
  Stations from_kind_to_kind(Index loop, Index n) const {
    Stations s;
    for (const Stations& all : of_class_) s.push_back(all[static_cast<std::size_t>(loop) % all.size()]);
    if (!s.empty()) return s;
    s.push_back(loop % codes_.cols());
    Vector<float> nearest = Vector<float>::Constant(codes_.cols(), std::numeric_limits<float>::max());
    while (static_cast<Index>(s.size()) < n) {
      nearest = nearest.cwiseMin((codes_.colwise() - codes_.col(s.back())).colwise().norm().transpose());
      Index farthest = 0;
      nearest.maxCoeff(&farthest);
      s.push_back(farthest);
    }
    return s;
  }

 private:
  const Matrix<float>& codes_;
  std::vector<Stations> of_class_;
};

}  // namespace examples
