#!/usr/bin/env bash
# compile_time.sh LIMIT_OF_UMBRELLA LIMIT_OF_PROGRAM LIMIT_OF_COMPILED UMBRELLA PROGRAM COMPILER ARGUMENT... : how many
# times as long as a program that includes Eigen/Core and fmt alone three compilations take: a program that includes the
# umbrella header, the README's first one, and the latter with the compiled library. Multiples, because seconds differ by
# three between machines; of the compiler's own processor time, because the clock on the wall counts what else the
# machine does. A busy neighbor on the same core changes even that, within seconds, and the shorter a compilation, the
# likelier it escapes; so Eigen/Core and fmt compile before and after each of the three, and the mean of both is what
# that one is divided by. Where a multiple exceeds its limit all is done again, up to five times, the least multiple of
# each counts, and the test fails at a fifth above a limit.
set -euo pipefail
umbrella_limit=$1 program_limit=$2 compiled_limit=$3 umbrella=$4 program=$5
shift 5
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
printf '#include <Eigen/Core>\n#include <fmt/format.h>\nint main() {}\n' >"$folder/base.cpp"
printf '#include <%s>\nint main() {}\n' "$umbrella" >"$folder/umbrella.cpp"
cp "$program" "$folder/program.cpp"
{ echo "#define EIGENERATE_COMPILED" && cat "$program"; } >"$folder/compiled.cpp"

compiler=$1
shift
arguments=("$@")
TIMEFORMAT='%U %S'
seconds() {  # seconds NAME: prints how many the compiler takes for the file of that name
  local times
  times=$( { time "$compiler" "${arguments[@]}" -c "$folder/$1.cpp" -o /dev/null; } 2>&1 ) || { printf '%s\n' "$times" >&2; exit 1; }
  tail -n 1 <<<"$times" | awk '{ print $1 + $2 }'
}
round() {  # appends the multiple of each to the file of its name
  local name before after here
  before=$(seconds base)
  for name in umbrella program compiled; do
    here=$(seconds "$name")
    after=$(seconds base)
    awk -v here="$here" -v base="$before" -v after="$after" 'BEGIN { print 2 * here / (base + after) }' >>"$folder/$name"
    echo "$name: $here s between $before and $after"
    before=$after
  done
}
report() {  # report MARGIN: prints the multiples, and fails where one is above MARGIN times its limit
  local failed=0
  compare "the umbrella header" umbrella "$umbrella_limit" "$1" || failed=1
  compare "the program of the README" program "$program_limit" "$1" || failed=1
  compare "the same with the compiled library" compiled "$compiled_limit" "$1" || failed=1
  return $failed
}
compare() {  # compare WORDS NAME LIMIT MARGIN
  sort -g "$folder/$2" | awk -v words="$1" -v limit="$3" -v margin="$4" 'NR == 1 {
    printf "%s: %.2f times Eigen/Core and fmt (guarded: %s)\n", words, $1, limit
    exit !($1 <= margin * limit)
  }'
}
for _ in 1 2 3 4 5; do
  round
  if report 1; then exit; fi
done
report 1.2
