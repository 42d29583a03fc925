#!/usr/bin/env bash
# cross.sh TARGET SOURCE WORK NUMBERS HEADERS... : compiles tests of the tree SOURCE for another machine and runs them
# under an emulator where that machine is not this one.
#   aarch64  64-bit ARM, with NEON: the kernels
#   i386     an Index of 32 bits
#   s390x    numbers with their highest byte first, as files do not have them
#   wasm     WebAssembly under Node: an Index of 32 bits, no threads, and libc++ 13
# NUMBERS is this machine's program same_numbers: what it prints, the other machine must print too. Writes to the folder
# WORK; HEADERS are folders of header-only libraries, included by their own names. Exits with 77 where it cannot run.
# EIGENERATE_CROSS_COMPILER and EIGENERATE_CROSS_RUNNER name other programs than those of Debian's packages.
set -euo pipefail
target=$1 source=$2 work=$3 numbers=$4
shift 4

options=(-O1) link=(-static -pthread) suffix=''
case $target in
  aarch64)
    compiler=aarch64-linux-gnu-g++ runner=qemu-aarch64 packages='g++-aarch64-linux-gnu qemu-user'
    tests=(kernels/{isa,gemm,convolution,transpose,reduce,elementwise,batch_normalization,layer_normalization})
    ;;
  i386)  # with SSE2: the older registers round twice, so random numbers would have other bits
    compiler=i686-linux-gnu-g++ runner=env packages='g++-i686-linux-gnu qemu-user' options+=(-msse2 -mfpmath=sse)
    tests=(core/{limits,memory,random,shape} network/{arena,network} data/idx hostile/sizes)
    ;;
  s390x)
    compiler=s390x-linux-gnu-g++ runner=qemu-s390x packages='g++-s390x-linux-gnu qemu-user'
    tests=(core/random data/idx io/{dtype,byte_order,weights})
    ;;
  wasm)  # one file, for newer versions of Node fetch the other one by a URL; with the files of this machine
    compiler=emcc runner=node packages='emscripten node-acorn nodejs' suffix=.js
    options+=(-fexceptions) link=(-sSINGLE_FILE=1 -sNODERAWFS=1 -sALLOW_MEMORY_GROWTH=1)
    tests=(core/{limits,portable,random,shape} layers/conv2d hostile/sizes)
    ;;
  *)
    echo "cross.sh: no target $target" >&2
    exit 2
    ;;
esac
compiler=${EIGENERATE_CROSS_COMPILER:-$compiler} runner=${EIGENERATE_CROSS_RUNNER:-$runner}

skip() {
  echo "Skipped, and $target untested: $1"
  exit 77
}
for program in "$compiler" "$runner"; do
  command -v "$program" >/dev/null || skip "there is no $program; sudo apt-get install $packages"
done

# The folder that holds a library's headers on this processor often holds its C library too, which must stay out.
mkdir -p "$work"
headers=$work/headers
rm -rf "$headers"
mkdir "$headers"
for folder in "$@"; do
  [[ -d $folder ]] ||
    skip "there is no $folder; sudo apt-get install libeigen3-dev libfmt-dev nlohmann-json3-dev catch2 (version 2)"
  ln -s "$folder" "$headers/"
done

launcher=()
[[ $target != wasm ]] && command -v ccache >/dev/null && launcher=(ccache)
compile() {
  ${launcher[@]+"${launcher[@]}"} "$compiler" -std=c++20 "${options[@]}" -Wall -Wextra -Wpedantic -Wconversion -Wshadow \
    -Werror -DFMT_HEADER_ONLY -DEIGENERATE_SOURCE_DIR="\"$source\"" -I"$source/include" -I"$source/tests" \
    -I"$source/tests/cross/zlib" -isystem "$headers" "$@"
}
objects=()
for file in support/catch_main "${tests[@]}"; do
  object=$work/${file//\//_}.o
  objects+=("$object")
  compile -c "$source/tests/$file.cpp" -o "$object"
done
compile "${link[@]}" "${objects[@]}" -o "$work/tests$suffix"
if [[ $target == i386 ]] && ! "$work/tests" --list-reporters >/dev/null 2>&1; then
  runner=qemu-i386  # the system's kernel runs no programs of 32 bits
  command -v "$runner" >/dev/null || skip "there is no $runner; sudo apt-get install $packages"
fi
EIGENERATE_NUM_THREADS=2 "$runner" "$work/tests$suffix" "~[slow]"

[[ $target == aarch64 ]] && exit
# Losses may differ by rounding: the instruction sets add in another order, and training carries that on. They agree to
# 2e-8 or so; another algorithm would not to 1e-3.
compile -c "$source/tests/cross/same_numbers.cpp" -o "$work/same_numbers.o"
compile "${link[@]}" "$work/same_numbers.o" -o "$work/same_numbers$suffix"
"$numbers" >"$work/here.txt"
"$runner" "$work/same_numbers$suffix" >"$work/there.txt" || { cat "$work/there.txt"; exit 1; }
paste -d ' ' "$work/here.txt" "$work/there.txt" | awk -v target="$target" '
  $1 == "exact" { same = $0 ~ ("^" $1 " " $2 " " $3 " " $1 " " $2 " " $3 "$"); compared++ }
  $1 == "near" { off = ($6 - $3) / $3; same = $4 == $1 && $5 == $2 && off < 1e-5 && off > -1e-5; compared++ }
  ($1 == "exact" || $1 == "near") && !same { print "not the same here and on " target ": " $0; wrong++ }
  END { print compared + 0 " numbers compared, " wrong + 0 " differ"; exit wrong > 0 || compared < 16 }'
