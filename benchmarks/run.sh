#!/usr/bin/env bash
# Builds the benchmarks and writes their report: benchmarks/run.sh [options]
#   --quick       a few minutes instead of about an hour; rough figures
#   --out FILE    the report (default: build/release/benchmarks/report.md)
#   --isa NAME    everybody on one instruction set alone: avx2 or avx512
#   --store FILE  keeps the run's ratios (to peers and to the peak, no raw times) as JSON
#   --guard FILE  names what is slower than in the run stored there, beyond the spread of both; exit status 1 then
# Peers are measured where they are installed: OpenBLAS (libopenblas-dev), BLIS (libblis-dev) and oneDNN (libdnnl-dev),
# PyTorch (python3-torch; the environment variable EIGENERATE_BENCHMARK_PYTHON names another python3 that imports torch),
# and onnxruntime for Node (npm install --ignore-scripts onnxruntime-node; EIGENERATE_BENCHMARK_ONNXRUNTIME names the
# folder where that was run).
set -euo pipefail
root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=../.ci/install_dependencies.sh
source "$root/.ci/install_dependencies.sh"

out=$root/build/release/benchmarks/report.md
options=()
while (($# > 0)); do
  case $1 in
    --quick) options+=("$1") ;;
    --out | --isa | --store | --guard)
      if (($# < 2)); then
        echo "$1 needs a value" >&2
        exit 2
      fi
      case $1 in
        --out) out=$(realpath -m -- "$2") ;;
        --isa) options+=("$1" "$2") ;;
        *) options+=("$1" "$(realpath -m -- "$2")") ;;
      esac
      shift
      ;;
    -h | --help)
      sed -n '2,11s/^# //p' "${BASH_SOURCE[0]}"
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
