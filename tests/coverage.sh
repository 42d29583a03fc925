#!/usr/bin/env bash
# The share of include/'s lines that the tests run: tests/coverage.sh [arguments of ctest...]
# Prints the files with the most lines that nothing ran, and fails below 95 % of all lines.
set -euo pipefail
root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=../.ci/install_dependencies.sh
source "$root/.ci/install_dependencies.sh"
install_dependencies cmake ninja-build pkg-config libeigen3-dev libfmt-dev zlib1g-dev libpng-dev libjpeg-dev nlohmann-json3-dev \
  catch2 libcli11-dev gcovr

cd -- "$root"
cmake --preset coverage
cmake --build build/coverage --parallel "$(nproc)"
find build/coverage -name '*.gcda' -delete
# What compiles or runs programs of its own adds nothing here, and one processor's instructions are not another's.
ctest --test-dir build/coverage --output-on-failure --parallel "$(nproc)" \
  --label-exclude 'slow|headers|consumer|cross|fuzz|must_not_compile' "$@"
gcovr --root . --filter include/ --exclude include/eigenerate/kernels/backend/neon.hpp \
  --exclude include/eigenerate/kernels/backend/transpose_neon.hpp --exclude-throw-branches --sort-uncovered \
  --txt build/coverage/lines.txt --fail-under-line 95 --print-summary build/coverage || status=$?
tail -n 60 build/coverage/lines.txt
exit "${status:-0}"
