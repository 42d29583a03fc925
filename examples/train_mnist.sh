#!/usr/bin/env bash
# Builds the examples and trains the MNIST VAE and the MNIST GAN on the digits that come with the project.
set -euo pipefail
root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=../.ci/install_dependencies.sh
source "$root/.ci/install_dependencies.sh"

install_dependencies cmake ninja-build libeigen3-dev libfmt-dev zlib1g-dev libpng-dev nlohmann-json3-dev libcli11-dev

cd -- "$root"
cmake --preset release -D EIGENERATE_BUILD_TESTS=OFF -D EIGENERATE_BUILD_BENCHMARKS=OFF
cmake --build build/release --parallel "$(nproc)" --target mnist_vae mnist_gan mnist_sample

out=$root/build/mnist
build/release/examples/mnist_vae --data examples/data --architecture mlp --epochs 10 --seed 7 --out "$out/vae"
build/release/examples/mnist_gan --data examples/data --conditional=projection --epochs 12 --seed 7 --out "$out/gan"

echo
echo "Digits that the two models drew:"
for picture in "$out/vae/samples.png" "$out/gan/samples.png"; do
  if [[ ! -s $picture ]]; then
    echo "  $picture is missing" >&2
    exit 1
  fi
  echo "  $picture"
done
