#!/usr/bin/env bash
# mixed_kinds.sh PROGRAM FOLDER ARCHIVE LIBRARY COMPILER ARGUMENT... : one unit of FOLDER is compiled with headers alone and
# the other for the library that is ARCHIVE, and then the other way round; both programs must link and run.
set -euo pipefail
program=$1 folder=$2 archive=$3 library=$4
shift 4
build() {  # build NAME MAIN_FLAG MAKE_FLAG
  "${@:4}" ${2:+"$2"} -c "$folder/main.cpp" -o "$program-$1-main.o"
  "${@:4}" ${3:+"$3"} -c "$folder/make.cpp" -o "$program-$1-make.o"
  "$4" "$program-$1-main.o" "$program-$1-make.o" "$archive" "$library" -pthread -o "$program-$1"
  "$program-$1"
}
build main '' -DEIGENERATE_COMPILED "$@"
build make -DEIGENERATE_COMPILED '' "$@"
