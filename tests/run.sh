#!/usr/bin/env bash
# The one door for all tests.
#
#   tests/run.sh              everything, in this order
#   tests/run.sh NAME...      only these steps:
#
#     rust         unit and integration tests
#     doc          examples in the documentation
#     heat         the recorded conversations of heat-collector
#     datalyr      the cases and captured requests of the Datalyr protocol
#     datalyr_sdks the real React Native SDK, clients that behave as the others, Chromium, kills in between
#     bad_inputs   hostile batches, events, queries, tokens and key publishers
#     proxy        bytes that attack or break a proxy
#     exchanges    real clients and apps around the proxy, storage that fails, a misbehaving app
#     live         websocket and Socket.IO with unmodified clients
#     import       what other programs have collected, against their own answers
#     browser      the real SDK in Chromium
#     dashboard    every page of the dashboard in Chromium
#     kill9        SIGKILL under load
#     disk_full    no space left
#     fsync_error  a disk that fails to write
#
# Installs what is missing, builds the release binary once, and goes on after a failure. Prints a table of the
# steps; the last line is "N passed, M failed" (steps), the exit code is 0 only without failures.
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1
. tests/lib/fresh_machine.sh

ALL_STEPS=(rust doc heat datalyr datalyr_sdks bad_inputs proxy exchanges live import browser dashboard kill9 disk_full fsync_error)

# No step may take longer, in seconds: a hang is a failure, not a wait.
STEP_LIMIT_S=2400

main() {
  local steps=("$@") step
  if [ ${#steps[@]} -eq 0 ]; then steps=("${ALL_STEPS[@]}"); fi
  for step in "${steps[@]}"; do
    case " ${ALL_STEPS[*]} " in
      *" $step "*) ;;
      *)
        echo "unknown step: $step; steps: ${ALL_STEPS[*]}" >&2
        exit 2
        ;;
    esac
  done

  work=$(mktemp -d "${TMPDIR:-/tmp}/hearth-tests.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  trap 'interrupt 130' INT
  trap 'interrupt 143' TERM HUP
  use_writable_caches "$root/target"
  local programs
  mapfile -t programs < <(programs_for "${steps[@]}")
  install_programs "${programs[@]}" || echo "the steps that need them will fail" >&2
  case " ${programs[*]} " in *" node="*) check_node_version || echo "the steps that need it will fail" >&2 ;; esac

  table=()
  passed=0
  failed=0
  # Without a binary there is nothing to test; all else would only repeat that.
  if ! run_step build; then finish; fi
  export HEARTH_BIN
  HEARTH_BIN=$(cat "$work/binary")
  for step in "${steps[@]}"; do run_step "$step"; done
  finish
}

# What each step runs.
declare -A COMMANDS=(
  [build]='. tests/lib/binary.sh && ensure_binary && echo "$HEARTH_BIN" >"$work/binary"'
  [rust]='if cargo nextest --version >/dev/null 2>&1; then cargo nextest run --release --locked --no-fail-fast
          else cargo test --release --locked --no-fail-fast --lib --bins --tests; fi'
  [doc]='cargo test --doc --release --locked'
  [heat]='tests/conformance/heat.sh'
  [datalyr]='tests/conformance/datalyr.sh'
  [datalyr_sdks]='tests/datalyr/run.sh'
  [bad_inputs]='tests/conformance/bad_inputs.sh'
  [proxy]='tests/conformance/proxy.sh'
  [exchanges]='tests/proxy/run.sh'
  [live]='tests/live/run.sh'
  [import]='tests/import/run.sh'
  [browser]='tests/browser/run.sh'
  [dashboard]='tests/browser/run.sh tests/browser/dashboard'
  [kill9]='tests/faults/kill9.sh --cycles 60'
  [disk_full]='tests/faults/disk_full.sh'
  [fsync_error]='tests/faults/fsync_error.sh'
)

# The programs that the given steps need, as PROGRAM=PACKAGE. The Rust toolchain is taken as given.
programs_for() {
  echo cc=build-essential
  case " $* " in *" heat "* | *" datalyr "* | *" datalyr_sdks "* | *" bad_inputs "* | *" proxy "* | *" exchanges "* | *" live "* | *" import "* | *" browser "* | *" dashboard "* | *" kill9 "* | *" disk_full "* | *" fsync_error "*) echo node=nodejs ;; esac
  case " $* " in *" proxy "*) echo python3=python3 ;; esac
  case " $* " in *" browser "* | *" dashboard "* | *" datalyr_sdks "*) printf "%s\n" npm=npm chromium=chromium ;; esac
  case " $* " in *" kill9 "* | *" disk_full "* | *" fsync_error "*) echo sqlite3=sqlite3 ;; esac
  case " $* " in *" fsync_error "* | *" exchanges "*) echo strace=strace ;; esac
  case " $* " in *" exchanges "* | *" live "* | *" import "*) echo npm=npm ;; esac
}

# run_step NAME: runs its command with a time limit, shows what it prints, and notes how it went.
run_step() {
  local name=$1 started=$SECONDS status detail verdict
  echo
  echo "=== $name"
  {
    work=$work timeout --kill-after=30 "$STEP_LIMIT_S" bash -c "${COMMANDS[$name]}" </dev/null &
    echo $! >"$work/pid"
    wait $!
    echo $? >"$work/status"
  } 2>&1 | tee "$work/output" &
  wait $!
  status=$(cat "$work/status")
  detail=$(grep -E '[0-9]+ passed' "$work/output" | tail -1 | sed 's/^[[:space:]]*//')
  if [ "$status" = 124 ] || [ "$status" = 137 ]; then detail="stopped after $STEP_LIMIT_S s; $detail"; fi
  if [ "$status" -eq 0 ]; then
    verdict=passed
    passed=$((passed + 1))
  else
    verdict=FAILED
    failed=$((failed + 1))
  fi
  table+=("$(printf '%-12s %-7s %5d s  %s' "$name" "$verdict" $((SECONDS - started)) "$detail")")
  [ "$status" -eq 0 ]
}

finish() {
  echo
  echo "=== summary"
  printf '%s\n' "${table[@]}"
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
  exit
}

# Ends the step that runs, which cleans up after itself, and then this script.
interrupt() {
  if [ -s "$work/pid" ]; then kill -TERM "$(cat "$work/pid")" 2>/dev/null; fi
  wait
  exit "$1"
}

main "$@"
