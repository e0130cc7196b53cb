#!/usr/bin/env bash
# Measures Hearth beside the real heat-collector, and its proxy beside nginx, all sides in one run on one machine.
#
# Usage: run.sh ingest|heatmap|storage|startup|limit|proxy|traffic|track|screens|soak|overload|all [--seconds 5] [--sizes 100000,1000000,10000000]
#               [--peer-sizes 100000,1000000] [--peer-journal delete|wal] [--rounds 5] [--round-seconds 2]
#               [--request-sizes 100000,10000000] [--person-sizes 1000,1000000]
#               [--events 10000000] [--requests 10000000]
#        run.sh soak [--minutes 60] [--share 0.5]     half of the maximum for long: what grows, what slows down (trust.md R1)
#        run.sh overload [--seconds 300]              five times too much: what is taken, refused, and after (trust.md R2)
#
# Prints `figure: NAME = VALUE` lines and writes results/latest.json. Needs wrk (apt), Node and a C++ compiler
# (the peer's SQLite driver is built from source); proxy needs no compiler, but nginx, which it installs.
set -euo pipefail

cd "$(dirname "$0")"

source ../lib/fresh_machine.sh
case ${1:-} in proxy | all) install_programs nginx=nginx wrk=wrk ;; track) install_programs wrk=wrk ;; esac

needed=(node npm mktemp timeout)
case ${1:-} in screens | soak | overload) ;; *) needed+=(wrk) ;; esac
for program in "${needed[@]}"; do
  if ! command -v "$program" >/dev/null; then
    echo "missing: $program" >&2
    exit 1
  fi
done

case ${1:-} in
  ingest | heatmap | storage | startup | limit | proxy | traffic | track | screens | soak | overload | all) ;;
  *)
    sed -n '4,9s/^# //p' "$0" >&2
    exit 2
    ;;
esac

source ../lib/binary.sh
ensure_binary
case $1 in traffic | all) (cd ../.. && nice cargo build --release --locked --example traffic_fill >&2) ;; esac
case $1 in track | all) (cd ../.. && nice cargo build --release --locked --example track_fill >&2) ;; esac
case $1 in screens | all) (cd ../.. && nice cargo build --release --locked --example visits_fill >&2) ;; esac
examples=${CARGO_TARGET_DIR:-target}/release/examples
case $examples in /*) ;; *) examples=$(cd ../.. && pwd)/$examples ;; esac

# The stamp is the lock file of the last install: the driver takes a minute to build.
if [ "$1" != proxy ] && [ "$1" != track ] && [ "$1" != screens ] && [ "$1" != soak ] && [ "$1" != overload ] && ! cmp -s package-lock.json node_modules/.installed-lock; then
  npm_config_build_from_source=true nice npm ci --no-audit --no-fund
  cp package-lock.json node_modules/.installed-lock
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/hearth-bench.XXXXXX")
pid=
clean_up() {
  if [ -n "$pid" ] && kill -TERM "$pid" 2>/dev/null; then
    wait "$pid" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# A soak may be asked to last a day.
timeout --kill-after=10 "$([ "$1" = soak ] && echo 100000 || echo 5400)" node bench.mjs "$@" --binary "$HEARTH_BIN" --traffic-fill "$examples/traffic_fill" \
  --track-fill "$examples/track_fill" --visits-fill "$examples/visits_fill" --work "$work" &
pid=$!
status=0
wait "$pid" || status=$?
pid=
exit "$status"
