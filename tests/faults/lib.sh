# What fault tests share: where the binary is, a working directory that goes away, the tools they need.
# Sourced by the scripts beside it; sets `binary`, `work` and the trap that clears `work`.

faults_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Ends the run with a reason when a program is missing, before anything was started.
need() {
  for program in "$@"; do
    if ! command -v "$program" >/dev/null; then
      echo "missing: $program" >&2
      echo "0 passed, 1 failed"
      exit 1
    fi
  done
}

# Names the binary under test in `binary`: HEARTH_BIN, else the release build of this checkout.
find_binary() {
  source "$faults_dir/../lib/binary.sh"
  if ! ensure_binary; then
    echo "0 passed, 1 failed"
    exit 1
  fi
  binary=$HEARTH_BIN
}

# Makes `work`, and keeps it for a look when the test failed and KEEP=1 was given.
make_work_dir() {
  work=$(mktemp -d "${TMPDIR:-/tmp}/hearth-faults.XXXXXX")
  trap 'clear_work_dir $?' EXIT
  trap 'exit 130' INT TERM
}

clear_work_dir() {
  if [ "${KEEP:-0}" = 1 ] && [ "$1" -ne 0 ]; then
    echo "kept: $work" >&2
    return
  fi
  # A mount made by disk_full.sh lives in this script's own namespace and is gone with it; lazily, since a process
  # that was just killed may still be leaving it.
  umount --lazy "$work/disk" 2>/dev/null || true
  rm -rf "$work"
}

# Runs one program of this folder with a time limit; its children get SIGTERM with it, and it ends them itself.
run_node() {
  local seconds=$1
  shift
  timeout --kill-after=10 "$seconds" node "$@" &
  local pid=$!
  trap 'kill -TERM '"$pid"' 2>/dev/null; wait '"$pid"'; exit 130' INT TERM
  local status=0
  wait "$pid" || status=$?
  if [ "$status" = 124 ] || [ "$status" = 137 ]; then
    echo "0 passed, 1 failed (stopped after $seconds s)"
  fi
  return "$status"
}
