#!/usr/bin/env bash
# The long run of the fuzz targets: tests/fuzz/run.sh [runs, default 1000000] [target...]
# Builds them and runs as many at a time as there are processors; EIGENERATE_FUZZ_SEED chooses another sequence of inputs
# than 1. Prints one line for each and exits with 1 where one has found something; its log then says what.
set -euo pipefail
folder=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
root=$folder/../..
runs=${1:-1000000}
shift || true
targets=("$@")
((${#targets[@]} > 0)) || targets=(idx idx_gz csv npy safetensors checkpoint command_line)

cd -- "$root"
cmake --preset checked >/dev/null
cmake --build build/checked --target eigenerate_fuzz
built=build/checked/tests/fuzz

run_one() {
  local log=$built/$1.log
  if bash "$folder/run_target.sh" "$built/fuzz_$1" "$folder/corpus/$1" "$built/$1.long" "$runs" >"$log" 2>&1; then
    echo "$1: $runs runs, $(awk '/average_exec_per_sec/ { print $2 }' "$log") per second, no finding"
  else
    echo "$1: FAILED, see $PWD/$log"
    return 1
  fi
}
export -f run_one
export built folder runs
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I{} bash -c 'run_one {}' || exit 1
