#!/usr/bin/env bash
# One epoch over a file of images, 4 GB of noise by default, that is mapped rather than read, in a process that may have
# 512 MB of memory of its own: benchmarks/mapped_file.sh [GIGABYTES] [FOLDER FOR THE FILE, default /tmp]
set -euo pipefail
root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
gigabytes=${1:-4}
file=$(mktemp "${2:-/tmp}/eigenerate-images-XXXXXX")
trap 'rm -f -- "$file"' EXIT

cmake --preset release -S "$root" >/dev/null
cmake --build "$root/build/release" --target benchmark_mapped_file

count=$((gigabytes * 1000000000 / 784))
printf -v extent '\\x%02x' $((count >> 24 & 255)) $((count >> 16 & 255)) $((count >> 8 & 255)) $((count & 255))
printf '\x00\x00\x08\x03'"$extent"'\x00\x00\x00\x1c\x00\x00\x00\x1c' >"$file"
head -c $((count * 784)) /dev/urandom >>"$file"

program=$root/build/release/benchmarks/benchmark_mapped_file
prlimit --data=536870912 "$program" "$file"
echo "and read instead:"
prlimit --data=536870912 "$program" "$file" read || echo "has not enough memory"
