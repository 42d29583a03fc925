#!/usr/bin/env bash
# Builds the benchmarks and writes their report: benchmarks/run.sh [--quick] [--out FILE]
#   --quick     a few minutes instead of about half an hour; rough figures
#   --out FILE  the report (default: build/release/benchmarks/report.md)
# Peers are measured where they are installed: OpenBLAS (libopenblas-dev) and PyTorch (python3-torch; the environment
# variable EIGENERATE_BENCHMARK_PYTHON names another python3 that imports torch).
set -euo pipefail
root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=../.ci/install_dependencies.sh
source "$root/.ci/install_dependencies.sh"

out=$root/build/release/benchmarks/report.md
options=()
while (($# > 0)); do
  case $1 in
    --quick) options+=("$1") ;;
    --out)
      if (($# < 2)); then
        echo "--out needs a file" >&2
        exit 2
      fi
      out=$(realpath -m -- "$2")
      shift
      ;;
    -h | --help)
      sed -n '2,6s/^# //p' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    *)
      echo "unknown option $1; see benchmarks/run.sh --help" >&2
      exit 2
      ;;
  esac
  shift
done

install_dependencies cmake ninja-build python3 libeigen3-dev libfmt-dev zlib1g-dev libpng-dev nlohmann-json3-dev \
  libbenchmark-dev

cd -- "$root"
cmake --preset release -D EIGENERATE_BUILD_TESTS=OFF -D EIGENERATE_BUILD_EXAMPLES=OFF -D EIGENERATE_BUILD_BENCHMARKS=ON
cmake --build build/release --parallel "$(nproc)" --target eigenerate_benchmarks
python3 benchmarks/report.py --programs build/release/benchmarks --out "$out" ${options[@]+"${options[@]}"}
