#!/usr/bin/env bash
# compile_time.sh LIMIT_OF_UMBRELLA LIMIT_OF_PROGRAM LIMIT_OF_COMPILED UMBRELLA PROGRAM COMPILER ARGUMENT... : how many
# times as long as a program that includes Eigen/Core and fmt alone three compilations take: a program that includes the
# umbrella header, the README's first one, and the latter with the compiled library. Multiples, because seconds differ by
# three between machines; of the compiler's own processor time, because the clock on the wall counts what else the
# machine does. A busy neighbor on the same core slows even that down, so where a limit is exceeded the four take turns
# twice more and the least of each counts, and the test fails at a fifth above a limit.
set -euo pipefail
umbrella_limit=$1 program_limit=$2 compiled_limit=$3 umbrella=$4 program=$5
shift 5
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
printf '#include <Eigen/Core>\n#include <fmt/format.h>\nint main() {}\n' >"$folder/base.cpp"
printf '#include <%s>\nint main() {}\n' "$umbrella" >"$folder/umbrella.cpp"
cp "$program" "$folder/program.cpp"
{ echo "#define EIGENERATE_COMPILED" && cat "$program"; } >"$folder/compiled.cpp"

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
  local failed=0
  echo "Eigen/Core and fmt: $(least base) s"
  compare "the umbrella header" umbrella "$umbrella_limit" "$1" || failed=1
  compare "the program of the README" program "$program_limit" "$1" || failed=1
  compare "the same with the compiled library" compiled "$compiled_limit" "$1" || failed=1
  return $failed
}
compare() {  # compare WORDS NAME LIMIT MARGIN
  awk -v words="$1" -v base="$(least base)" -v seconds="$(least "$2")" -v limit="$3" -v margin="$4" 'BEGIN {
    printf "%s: %.2f s, %.2f times that (guarded: %s)\n", words, seconds, seconds / base, limit
    exit !(seconds / base <= margin * limit)
  }'
}
for _ in 1 2 3; do
  for name in base umbrella program compiled; do compile "$name"; done
  if report 1; then exit; fi
done
report 1.2
