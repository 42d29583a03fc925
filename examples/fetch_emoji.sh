#!/usr/bin/env bash
# Fetches emoji as pictures of 64×64 pixels: examples/fetch_emoji.sh [DIRECTORY]
# The default directory, data/emoji of this repository, is where color_images looks. They are those of the npm package
# emoji-datasource-twitter, in the version whose checksum stands below. What is there already is not fetched again.
#
# The pictures are Twemoji, Copyright 2020 Twitter, Inc. and other contributors, under CC BY 4.0
# (https://creativecommons.org/licenses/by/4.0/): whoever shows or shares them has to name these authors.
set -euo pipefail
case ${1:-} in
  -h | --help) echo "usage: fetch_emoji.sh [DIR]   fetches emoji into DIR (default: data/emoji of this repository)" && exit 0 ;;
  -*) echo "fetch_emoji.sh: no option $1; see --help" >&2 && exit 2 ;;
esac
root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
target=${1:-$root/data/emoji}

package=emoji-datasource-twitter
version=16.0.0
sum=f64a530c63bca463bd8317fdc4615ce63a53a0c65018e4ce2d848aaba7a28877
pictures=3786

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum <"$1"; else shasum -a 256 <"$1"; fi | cut -d ' ' -f 1
}
count() { find "$1" -maxdepth 1 -name '*.png' | wc -l; }

if [[ -d $target && -f $target/LICENSE && $(count "$target") -eq $pictures ]]; then
  echo "The $pictures emoji are in $target"
  exit 0
fi
command -v npm >/dev/null || { echo "fetch_emoji.sh: npm is not installed" >&2 && exit 1; }

# Inside the target, so that the moves at the end are renamings.
mkdir -p -- "$target"
work=$(mktemp -d -- "$target/.fetching-XXXXXX")
trap 'rm -rf -- "$work"' EXIT
trap 'exit 130' INT TERM

echo "Fetching $package $version (60 MB) by npm"
(cd -- "$work" && npm pack --silent --fetch-retries=1 --fetch-timeout=300000 "$package@$version" </dev/null >/dev/null)
archive=$work/$package-$version.tgz
found=$(sha256 "$archive")
if [[ $found != "$sum" ]]; then
  echo "fetch_emoji.sh: the SHA-256 of $package-$version.tgz is $found, expected $sum" >&2
  exit 1
fi
tar -xzf "$archive" --no-same-owner -C "$work" package/img/twitter/64
find "$work/package/img/twitter/64" -name '*.png' -exec mv -f -- {} "$target" \;
cat >"$target/LICENSE" <<TEXT
Twemoji, Copyright 2020 Twitter, Inc. and other contributors. Graphics under CC BY 4.0:
https://creativecommons.org/licenses/by/4.0/
TEXT
[[ $(count "$target") -eq $pictures ]] || { echo "fetch_emoji.sh: expected $pictures pictures in $target, got $(count "$target")" >&2 && exit 1; }
echo "The $pictures emoji are in $target"
