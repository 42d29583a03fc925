#!/usr/bin/env bash
# compile_time.sh TARGET COMPILER ARGUMENT... : prints the seconds that the compilation takes. It counts the compiler's own
# processor time, not the clock on the wall. A busy neighbor on the same core slows even that down, so a compilation over
# the target has two more tries, the best one counts, and the test fails only at a third above the target.
set -euo pipefail
target=$1
shift
TIMEFORMAT='%U %S'
best=
for attempt in 1 2 3; do
  times=$( { time "$@" -c -o /dev/null; } 2>&1 ) || { printf '%s\n' "$times"; exit 1; }
  seconds=$(tail -n 1 <<<"$times" | awk '{ printf "%.1f", $1 + $2 }')
  echo "try $attempt: $seconds s"
  best=$(printf '%s\n' "$seconds" ${best:+"$best"} | sort -n | head -n 1)
  if awk -v s="$best" -v l="$target" 'BEGIN { exit !(s <= l) }'; then
    echo "A program that includes the umbrella and trains a VAE compiles in $best s (target $target s)."
    exit 0
  fi
done
echo "A program that includes the umbrella and trains a VAE takes $best s to compile; the target is $target s."
awk -v s="$best" -v l="$target" 'BEGIN { exit !(s <= l * 4 / 3) }'
