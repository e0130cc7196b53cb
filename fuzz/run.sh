#!/usr/bin/env bash
# Fuzzes everything that reads bytes from outside: coverage-guided, with the address sanitizer.
#
#   fuzz/run.sh [--runs N] [TARGET..]     N runs of each target (default 100000, targets: ls fuzz/fuzz_targets)
#   fuzz/run.sh --corpus-only [TARGET..]  only what is committed in fuzz/corpus
#
# Needs cargo-fuzz (installed if it is missing) and a C++ compiler. Works with a stable toolchain. Limits of a run: 1 s, 512 MiB (trust.md I2). The first
# build takes ten minutes on two cores. The last line is "N passed, M failed" (targets); what made a target fail is in
# fuzz/artifacts, and is committed to fuzz/corpus with the fix.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
runs=100000
targets=()
while [ $# -gt 0 ]; do
  case "$1" in
    --runs) runs=$2; shift ;;
    --corpus-only) runs=0 ;;
    -*) sed -n '2,10p' "$0" >&2; exit 2 ;;
    *) targets+=("$1") ;;
  esac
  shift
done
if [ ${#targets[@]} -eq 0 ]; then
  for file in fuzz_targets/*.rs; do targets+=("$(basename "$file" .rs)"); done
fi

# cargo-fuzz asks the compiler for what only nightly offers without being told to.
export RUSTC_BOOTSTRAP=1
if ! cargo fuzz --version >/dev/null 2>&1; then cargo install cargo-fuzz --locked || exit 1; fi

passed=0
failed=0
for target in "${targets[@]}"; do
  new=$(mktemp -d "${TMPDIR:-/tmp}/hearth-fuzz.XXXXXX")
  # What is found goes into the first directory and is thrown away; the committed corpus stays as it is.
  if cargo fuzz run --release "$target" "$new" "corpus/$target" -- \
    -runs="$runs" -timeout=1 -rss_limit_mb=512 -max_len=65536 -print_final_stats=1 2>&1 |
    tee "$new.log" | grep -E "^(stat::|ERROR|SUMMARY|thread|==|Test unit)|panicked|Done [0-9]+ runs"; [ "${PIPESTATUS[0]}" -eq 0 ]; then
    passed=$((passed + 1))
    echo "$target: passed"
  else
    failed=$((failed + 1))
    echo "$target: FAILED, see $new.log"
  fi
  rm -rf "$new"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
