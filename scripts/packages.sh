# shellcheck shell=bash
# Sourced by scripts/quickstart and tests/run: the Debian packages, and a function that installs those that are missing.
packages_build="gcc libc6-dev make cmake ninja-build pkg-config liblua5.4-dev libyajl-dev libsqlite3-dev libcurl4-openssl-dev libssl-dev libwslay-dev libldap-dev libseccomp-dev tzdata"
packages_test="g++ clang libclang-rt-dev libcmocka-dev python3 python3-jsonschema python3-pytest hledger"

# need PACKAGE…: as root, or with sudo. Nothing is asked of apt where nothing is missing.
need() {
  if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "This is no Debian or Ubuntu: the equivalents of these must be there: $*" >&2
    return 0
  fi
  missing=
  for package in "$@"; do
    dpkg-query -W -f='${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  as_root=
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || { echo "Missing:$missing. Install them as root, or install sudo, and start again." >&2; return 1; }
    as_root=sudo
  fi
  echo "Installing:$missing"
  # An old package list names files that are gone; so update first.
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq || return 1
  # shellcheck disable=SC2086
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null
}
