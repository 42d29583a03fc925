#!/usr/bin/env bash
# mixed_units.sh ALIGNMENT ALIGNMENT PROGRAM FOLDER LIBRARY COMPILER ARGUMENT... : compiles FOLDER/main.cpp with the first
# and FOLDER/make.cpp with the second alignment of Eigen's matrices, links both to PROGRAM and runs it.
set -euo pipefail
first=$1 second=$2 program=$3 folder=$4 library=$5
shift 5
"$@" -DEIGEN_MAX_ALIGN_BYTES="$first" -c "$folder/main.cpp" -o "$program-main.o"
"$@" -DEIGEN_MAX_ALIGN_BYTES="$second" -c "$folder/make.cpp" -o "$program-make.o"
"$1" "$program-main.o" "$program-make.o" "$library" -o "$program"
"$program"
