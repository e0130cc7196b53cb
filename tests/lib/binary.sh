# shellcheck shell=bash
# Sourced by the test scripts: the release binary, built once.
#
# HEARTH_BIN names a binary to use as it is; otherwise the release build is brought up to date (a no-op when
# it is) and exported under that name, so that scripts started from here do not ask cargo again.

ensure_binary() {
  if [ -n "${HEARTH_BIN:-}" ]; then
    if [ ! -x "$HEARTH_BIN" ]; then
      echo "HEARTH_BIN is not an executable file" >&2
      return 1
    fi
    return 0
  fi
  local root
  root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
  (cd "$root" && nice cargo build --release --locked >&2) || return 1
  export HEARTH_BIN="${CARGO_TARGET_DIR:-$root/target}/release/hearth"
  # A relative CARGO_TARGET_DIR is relative to where cargo ran.
  case $HEARTH_BIN in /*) ;; *) HEARTH_BIN="$root/$HEARTH_BIN" ;; esac
}
