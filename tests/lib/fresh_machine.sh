# shellcheck shell=bash
# Sourced by run.sh: makes a machine that has only a Rust toolchain and Node fit for the tests.

# Gives cargo and npm folders they can write to when the usual ones are missing or read-only; `$1` is the
# folder to put them in. What a machine's owner configured for cargo stays in force.
use_writable_caches() {
  if [ -z "${HOME:-}" ]; then
    HOME=$(getent passwd "$(id -u)" | cut -d: -f6)
    export HOME="${HOME:-/}"
  fi
  command -v cargo >/dev/null || PATH="$HOME/.cargo/bin:$PATH"
  local cargo_home=${CARGO_HOME:-$HOME/.cargo}
  if ! is_writable "$cargo_home"; then
    export CARGO_HOME="$1/cargo-home"
    mkdir -p "$CARGO_HOME"
    local file
    for file in config.toml config; do
      if [ -r "$cargo_home/$file" ]; then cp "$cargo_home/$file" "$CARGO_HOME/"; fi
    done
  fi
  if ! is_writable "${npm_config_cache:-$HOME/.npm}"; then export npm_config_cache="$1/npm-cache"; fi
}

# Installs what the named programs come from, and says which of them are still missing after that.
# Arguments: PROGRAM=PACKAGE... Returns 1 when something is missing.
install_programs() {
  local pair packages=() missing=()
  for pair in "$@"; do
    command -v "${pair%%=*}" >/dev/null || packages+=("${pair#*=}")
  done
  if [ ${#packages[@]} -gt 0 ]; then
    echo "installing: ${packages[*]}"
    apt_install "${packages[@]}" || echo "apt could not install all of: ${packages[*]}" >&2
  fi
  for pair in "$@"; do
    command -v "${pair%%=*}" >/dev/null || missing+=("${pair%%=*}")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    echo "could not install: ${missing[*]}" >&2
    return 1
  fi
}

# Says so when the Node that is installed is too old for the tests; Debian's packages can lag behind.
check_node_version() {
  command -v node >/dev/null || return 1
  node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 16) ? 0 : 1)' && return 0
  echo "Node $(node --version) is too old: 20.16 or newer is needed" >&2
  return 1
}

apt_install() {
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2>/dev/null; then
      echo "neither root nor sudo without a password" >&2
      return 1
    fi
    as_root=(sudo -n)
  fi
  command -v apt-get >/dev/null || return 1
  local options=(-y -qq -o DPkg::Lock::Timeout=120)
  "${as_root[@]}" apt-get update "${options[@]}" </dev/null >/dev/null &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install "${options[@]}" --no-install-recommends "$@" </dev/null >/dev/null
}

is_writable() {
  mkdir -p "$1" 2>/dev/null && [ -w "$1" ]
}
