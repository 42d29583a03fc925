#!/usr/bin/env bash
# warnings_stop_nobody.sh FOLDER SOURCE ARGUMENT... : configures SOURCE in FOLDER as programs need it, without the tests and
# with them. Only developers, who build the tests, ask for -Werror.
set -euo pipefail
folder=$1 source=$2
shift 2
asks() {  # asks ARGUMENT...: whether such a build has it
  rm -rf "$folder"
  cmake -S "$source" -B "$folder" "$@" -D CMAKE_EXPORT_COMPILE_COMMANDS=ON >"$folder.log"
  grep -q -- '-Wall' "$folder/compile_commands.json"
  grep -q -- '-Werror' "$folder/compile_commands.json"
}
if asks "$@" -D EIGENERATE_BUILD_TESTS=OFF -D EIGENERATE_BUILD_BENCHMARKS=OFF; then
  echo "-Werror without the tests" >&2
  exit 1
fi
asks "$@" -D EIGENERATE_BUILD_TESTS=ON -D EIGENERATE_BUILD_BENCHMARKS=OFF
