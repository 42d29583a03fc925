# shellcheck shell=bash
# Sourced by the scripts that build. install_dependencies PACKAGE... makes sure that Debian's packages of these names
# are there, and a C++ compiler: it installs what is missing where it may (as root, or by sudo without a password), and
# otherwise says what to install and returns 1. EIGENERATE_SKIP_INSTALL=1 leaves everything as it is.

# A tool counts as present wherever it comes from; a library only as a package.
is_installed() {
  case $1 in
    cmake | pkg-config) command -v "$1" >/dev/null ;;
    ninja-build) command -v ninja >/dev/null ;;
    g++) command -v c++ >/dev/null || command -v g++ >/dev/null || command -v clang++ >/dev/null ;;
    *) [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]] ;;
  esac
}

install_dependencies() {
  if [[ -n ${EIGENERATE_SKIP_INSTALL:-} ]]; then
    return 0
  fi
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "This system has no apt; it needs what these packages of Debian hold: g++ $*" >&2
    return 0  # CMake looks next, and stops if something is not there.
  fi

  local package missing=()
  for package in g++ "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  if ((${#missing[@]} == 0)); then
    return 0
  fi

  local as_root=()
  if ((EUID != 0)); then
    if ! sudo -n true 2>/dev/null; then
      {
        echo "Some packages are missing, and installing them needs root. Please run"
        echo
        echo "  sudo apt-get install ${missing[*]}"
        echo
        echo "and start this again. (EIGENERATE_SKIP_INSTALL=1 skips this check, where they came in another way.)"
      } >&2
      return 1
    fi
    as_root=(sudo -n)
  fi

  echo "Installing ${missing[*]}" >&2
  local apt=(${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300
    -o Dpkg::Use-Pty=0)
  "${apt[@]}" update </dev/null >&2 || echo "apt-get update failed; trying with the lists that are here" >&2
  if ! "${apt[@]}" install --yes --no-install-recommends "${missing[@]}" </dev/null >&2; then
    echo "apt-get could not install: ${missing[*]}" >&2
    return 1
  fi
}
