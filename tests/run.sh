#!/usr/bin/env bash
# Builds everything and runs the tests: tests/run.sh [--slow] [arguments of ctest...]
#   --slow  runs the tests labelled slow too
# For example: tests/run.sh -R layers/    tests/run.sh -L consumer    tests/run.sh --slow -L models
set -euo pipefail
root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=../.ci/install_dependencies.sh
source "$root/.ci/install_dependencies.sh"

exclude=slow
arguments=()
while (($# > 0)); do
  case $1 in
    --slow) exclude='' ;;
    -LE | --label-exclude) exclude+=${exclude:+|}$2 && shift ;;  # ctest would heed the last one only
    *) arguments+=("$1") ;;
  esac
  shift
done

install_dependencies cmake ninja-build pkg-config libeigen3-dev libfmt-dev zlib1g-dev libpng-dev libjpeg-dev nlohmann-json3-dev \
  catch2 libcli11-dev libbenchmark-dev strace clang clang-19 libclang-rt-dev \
  g++-aarch64-linux-gnu g++-i686-linux-gnu g++-s390x-linux-gnu qemu-user emscripten node-acorn nodejs

cd -- "$root"
jobs=$(nproc)
cmake --preset checked
cmake --build build/checked --parallel "$jobs"
ctest --test-dir build/checked --output-on-failure --parallel "$jobs" ${exclude:+--label-exclude "$exclude"} \
  ${arguments[@]+"${arguments[@]}"}
