#!/usr/bin/env bash
# compile_time.sh LIMIT_OF_UMBRELLA LIMIT_OF_PROGRAM UMBRELLA PROGRAM COMPILER ARGUMENT... : how many times as long as a
# program that includes Eigen/Core and fmt alone two programs take to compile: one that includes the umbrella header, and
# the README's first one. Multiples, because seconds differ by three between machines; of the compiler's own processor
# time, because the clock on the wall counts what else the machine does. A busy neighbor on the same core slows even that
# down, so where a limit is exceeded the three take turns twice more and the least of each counts, and the test fails at
# a fifth above a limit.
set -euo pipefail
umbrella_limit=$1 program_limit=$2 umbrella=$3 program=$4
shift 4
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
printf '#include <Eigen/Core>\n#include <fmt/format.h>\nint main() {}\n' >"$folder/base.cpp"
printf '#include <%s>\nint main() {}\n' "$umbrella" >"$folder/umbrella.cpp"
cp "$program" "$folder/program.cpp"

TIMEFORMAT='%U %S'
compile() {  # compile NAME: appends the seconds to the file of that name
  local times
  times=$( { time "$compiler" "${arguments[@]}" -c "$folder/$1.cpp" -o /dev/null; } 2>&1 ) || { printf '%s\n' "$times"; exit 1; }
  tail -n 1 <<<"$times" | awk '{ print $1 + $2 }' >>"$folder/$1"
}
least() { sort -g "$folder/$1" | head -n 1; }

compiler=$1
shift
arguments=("$@")
report() {  # report MARGIN: prints the multiples, and fails where one is above MARGIN times its limit
  awk -v base="$(least base)" -v umbrella="$(least umbrella)" -v program="$(least program)" -v margin="$1" \
    -v umbrella_limit="$umbrella_limit" -v program_limit="$program_limit" 'BEGIN {
      printf "Eigen/Core and fmt: %.2f s\n", base
      printf "the umbrella header: %.2f s, %.2f times that (guarded: %s)\n", umbrella, umbrella / base, umbrella_limit
      printf "the program of the README: %.2f s, %.2f times that (guarded: %s)\n", program, program / base, program_limit
      exit !(umbrella / base <= margin * umbrella_limit && program / base <= margin * program_limit)
    }'
}
for _ in 1 2 3; do
  for name in base umbrella program; do compile "$name"; done
  if report 1; then exit; fi
done
report 1.2
