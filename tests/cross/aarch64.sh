#!/usr/bin/env bash
# aarch64.sh SOURCE WORK HEADERS... : compiles tests of the kernels in the tree SOURCE for 64-bit ARM, with NEON, and runs
# them under QEMU. Writes to the folder WORK; HEADERS are folders of header-only libraries, included by their own names.
# Exits with 77 where it cannot run.
set -euo pipefail
source=$1 work=$2
shift 2
compiler=${EIGENERATE_AARCH64_COMPILER:-aarch64-linux-gnu-g++} emulator=${EIGENERATE_AARCH64_EMULATOR:-qemu-aarch64}
tests=(isa gemm convolution transpose reduce elementwise batch_normalization layer_normalization)

skip() {
  echo "Skipped, and NEON untested: $1"
  exit 77
}
for program in "$compiler" "$emulator"; do
  command -v "$program" >/dev/null ||
    skip "there is no $program; sudo apt-get install g++-aarch64-linux-gnu qemu-user"
done

# The folder that holds a library's headers on this processor often holds its C library too, which must stay out.
headers=$work/headers
rm -rf "$headers"
mkdir -p "$headers"
for folder in "$@"; do
  [[ -d $folder ]] || skip "there is no $folder; sudo apt-get install libeigen3-dev libfmt-dev catch2 (version 2)"
  ln -s "$folder" "$headers/"
done

compile() {
  "$compiler" -std=c++20 -O2 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -DFMT_HEADER_ONLY \
    -I"$source/include" -I"$source/tests" -isystem "$headers" "$@"
}
objects=()
for file in support/catch_main "${tests[@]/#/kernels/}"; do
  object=$work/$(basename "$file").o
  objects+=("$object")
  [[ $file == support/* && $object -nt $source/tests/$file.cpp ]] || compile -c "$source/tests/$file.cpp" -o "$object"
done
compile -static -pthread "${objects[@]}" -o "$work/kernels"
EIGENERATE_NUM_THREADS=2 "$emulator" "$work/kernels" "~[slow]"
