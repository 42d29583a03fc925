#!/usr/bin/env bash
# same_samples.sh (write|compare) REFERENCE PROGRAM COMPILER ARGUMENT... : compiles to PROGRAM and runs it. What it prints
# is written to the file REFERENCE, or must be what stands there.
set -euo pipefail
action=$1 reference=$2 program=$3
shift 3
"$@" -o "$program"
printed=$("$program")
echo "$printed"
if [ "$action" = write ]; then
  echo "$printed" > "$reference"
elif [ "$printed" != "$(cat "$reference")" ]; then
  echo "FAILED: the samples of a plain build hash to $(cat "$reference")"
  exit 1
fi
