#!/usr/bin/env bash
# Runs test programs under valgrind, which knows AVX2 and no AVX-512: tests/valgrind.sh [PROGRAM...]
#   PROGRAM  a folder of tests/, such as models (default: all whose tests valgrind can run in minutes)
# Fails at the first error or leak.
set -euo pipefail
root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=../.ci/install_dependencies.sh
source "$root/.ci/install_dependencies.sh"
install_dependencies cmake ninja-build pkg-config libeigen3-dev libfmt-dev zlib1g-dev libpng-dev libjpeg-dev nlohmann-json3-dev \
  catch2 libcli11-dev valgrind

programs=("$@")
if ((${#programs[@]} == 0)); then
  programs=(core data distributions io layers losses metrics network optim testing training)
fi

cd -- "$root"
cmake --preset valgrind -D EIGENERATE_BUILD_EXAMPLES=OFF
cmake --build build/valgrind --parallel "$(nproc)" --target "${programs[@]/#/test_}"
for program in "${programs[@]}"; do
  echo "== $program"
  EIGENERATE_MAX_CPU_ISA=avx2 valgrind --quiet --error-exitcode=1 --leak-check=full --errors-for-leak-kinds=definite \
    "build/valgrind/tests/test_$program" '~[slow]~[timing]'
done
