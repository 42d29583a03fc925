#!/usr/bin/env bash
# compile_and_run.sh PROGRAM COMPILER ARGUMENT... : compiles to PROGRAM and runs it.
set -euo pipefail
program=$1
shift
"$@" -o "$program"
"$program"
