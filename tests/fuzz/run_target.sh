#!/usr/bin/env bash
# run_target.sh PROGRAM CORPUS WORK RUNS: RUNS inputs for one fuzz target, beginning with a copy of CORPUS in the folder
# WORK, which also gets the input of a finding. Exits with 77 where the program was not built.
set -euo pipefail
program=$1 corpus=$2 work=$3 runs=$4

if [[ ! -x $program ]]; then
  echo "Skipped, and $(basename "$program") not run: it needs a clang++ with libFuzzer; sudo apt-get install clang libclang-rt-dev"
  exit 77
fi
rm -rf "$work"
mkdir -p "$work"
cp -r "$corpus" "$work/corpus"
dictionary=$(dirname "$corpus")/$(basename "$corpus").dict
# An input of 4 KiB has no reason to take a minute, on however busy a machine, or 64 MiB.
options=()
[[ ! -e $dictionary ]] || options+=("-dict=$dictionary")
exec "$program" "${options[@]+"${options[@]}"}" -runs="$runs" -seed="${EIGENERATE_FUZZ_SEED:-1}" -max_len=4096 -timeout=60 -malloc_limit_mb=64 \
  -rss_limit_mb=2048 -artifact_prefix="$work/" -print_final_stats=1 "$work/corpus"
