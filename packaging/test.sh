#!/usr/bin/env bash
# Shows that the packages do what they should on a machine that never had Hearth: a fresh Debian in a directory.
#
#   packaging/test.sh [DIR]      with the packages in DIR, target/packages unless it is named
#
# The .deb installs, its unit is valid and closed off, the server starts with the packaged configuration, doctor is
# content, and after backup, destruction and restore the answers are the same; then it is removed and the data are still
# there. The tarball installs, upgrades itself, refuses what is damaged, and is removed. Needs root, debootstrap, curl and
# systemd-analyze, which are installed if they are missing. The last line is "N passed, M failed".
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
built=$(cd "${1:-$root/target/packages}" && pwd) || exit 2
suite=${SUITE:-bookworm}
. "$root/tests/lib/fresh_machine.sh"

passed=0
failed=0

main() {
  if [ "$(id -u)" -ne 0 ]; then
    echo "packaging/test.sh makes a root of its own and so needs to be root" >&2
    exit 2
  fi
  install_programs debootstrap=debootstrap curl=curl systemd-analyze=systemd || exit 2
  work=$(mktemp -d "${TMPDIR:-/tmp}/hearth-packages.XXXXXX")
  machine=$work/machine
  trap 'stop_server; rm -rf "$work"' EXIT
  port=$(free_port)
  chroot=$(PATH=$PATH:/usr/sbin command -v chroot)
  make_machine || exit 1
  deb
  tarball
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

# A Debian without anything; kept packed, as making it takes a minute.
make_machine() {
  local packed=$root/target/debian-$suite.tar
  if [ ! -f "$packed" ]; then
    echo "making a fresh Debian ($suite)"
    mkdir -p "$root/target" "$work/fresh"
    debootstrap --variant=minbase --include=adduser,systemd,init-system-helpers "$suite" "$work/fresh" >"$work/debootstrap.log" 2>&1 || {
      tail -5 "$work/debootstrap.log" >&2
      return 1
    }
    tar -C "$work/fresh" -cf "$packed.new" --one-file-system . && mv "$packed.new" "$packed"
    rm -rf "$work/fresh"
  fi
  mkdir "$machine" && tar -C "$machine" -xf "$packed"
}

deb() {
  local file
  file=$(find "$built" -maxdepth 1 -name 'hearth_*.deb')
  cp "$file" "$machine/tmp/hearth.deb"
  check "the package installs" inside dpkg -i /tmp/hearth.deb
  check "the configuration is for root and the service alone" equal "$(inside stat -c '%a %U:%G' /etc/hearth/hearth.toml)" "640 root:hearth"
  check "the data directory is the service's alone" equal "$(inside stat -c '%a %U:%G' /var/lib/hearth)" "700 hearth:hearth"
  check "the unit is valid" systemd-analyze verify --man=no --root="$machine" hearth.service
  check "the unit is closed off (exposure at most 1.5)" systemd-analyze security --offline=true --threshold=15 --no-pager "$root/packaging/hearth.service"
  check "the manual page is there" inside test -f /usr/share/man/man1/hearth-doctor.1.gz
  check "so are completions" inside test -f /usr/share/bash-completion/completions/hearth
  check "the packaged configuration is right" as_hearth hearth check

  check "the server starts with it" start_server
  local key token
  key=$(sed -n 's/^ *project key: //p' "$work/server.out")
  token=$(sed -n 's/^ *read token: *//p' "$work/server.out")
  check "it takes events" send_events "$key"
  check "an administrator is made beside it" add_administrator
  check "healthcheck says that it is well" as_hearth hearth healthcheck
  check "a backup is made beside it" as_hearth hearth backup
  check "doctor finds nothing wrong" doctor_is_green
  answers "$token" >"$work/before"
  check "it answers" grep -q . "$work/before"
  check "it ends in order" stop_server

  as_hearth sh -c 'ls /var/lib/hearth/backups' >"$work/copies"
  local copy
  copy=/var/lib/hearth/backups/$(tail -1 "$work/copies")
  rm -f "$machine"/var/lib/hearth/hearth.db "$machine"/var/lib/hearth/hearth.db-wal "$machine"/var/lib/hearth/hearth.db-shm
  check "the copy brings the destroyed database back" as_hearth hearth restore "$copy" --yes
  check "the server starts again" start_server
  answers "$token" >"$work/after"
  check "and gives the same answers" same_answers
  check "it ends in order again" stop_server

  check "the same package installs over itself" inside dpkg -i /tmp/hearth.deb
  check "the package is removed" inside dpkg --purge hearth
  check "no program is left" absent /usr/bin/hearth /etc/hearth /usr/lib/systemd/system/hearth.service /lib/systemd/system/hearth.service
  check "the data are left" test -s "$machine/var/lib/hearth/hearth.db"
  rm -rf "$machine/var/lib/hearth"
}

tarball() {
  local file tree
  file=$(find "$built" -maxdepth 1 -name 'hearth-*.tar.gz')
  mkdir "$machine/tmp/packages" && cp "$built"/hearth-*.tar.gz "$built/SHA256SUMS" "$built/install.sh" "$machine/tmp/packages/"
  tree=/tmp/packages/$(basename "$file")
  check "the tarball installs" inside sh /tmp/packages/install.sh "$tree"
  check "with its service" inside grep -q 'ExecStart=/usr/local/bin/hearth serve' /etc/systemd/system/hearth.service
  check "the installed unit is valid" systemd-analyze verify --man=no --root="$machine" hearth.service
  echo '# mine' >>"$machine/etc/hearth/hearth.toml"
  check "again, it is an upgrade" inside sh /tmp/packages/install.sh "$tree"
  check "which leaves the configuration" grep -q '# mine' "$machine/etc/hearth/hearth.toml"
  check "the server starts with it" start_server
  check "it ends in order" stop_server
  printf x >>"$machine$tree"
  check "a damaged tarball is refused" refused inside sh /tmp/packages/install.sh "$tree"
  rm "$machine/tmp/packages/SHA256SUMS"
  check "so is one without a checksum" refused inside sh /tmp/packages/install.sh "$tree"
  check "it is removed" inside sh /tmp/packages/install.sh --uninstall
  check "no program is left" absent /usr/local/bin/hearth /etc/systemd/system/hearth.service
  check "the configuration is left" test -s "$machine/etc/hearth/hearth.toml"
}

# check WORDS COMMAND...
check() {
  local words=$1 output
  shift
  if output=$("$@" 2>&1); then
    passed=$((passed + 1))
    echo "ok      $words"
  else
    failed=$((failed + 1))
    echo "FAILED  $words"
    printf '%s\n' "$output" | tail -15 | sed 's/^/        /'
  fi
}

equal() {
  [ "$1" = "$2" ] || {
    echo "$1 instead of $2"
    return 1
  }
}

refused() {
  ! "$@"
}

same_answers() {
  test -s "$work/before" && cmp "$work/before" "$work/after"
}

absent() {
  local path
  for path in "$@"; do
    if [ -e "$machine$path" ]; then
      echo "$path is there"
      return 1
    fi
  done
}

inside() {
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$chroot" "$machine" "$@"
}

# As the service would, with the address that this test has.
as_hearth() {
  env -i PATH=/usr/local/bin:/usr/bin:/bin HEARTH_SERVER__LISTEN="127.0.0.1:$port" "$chroot" --userspec=hearth:hearth "$machine" "$@"
}

# Called in the background of `check`, it leaves the process id in a file.
start_server() {
  (
    ulimit -n "$(ulimit -Hn)"
    exec env -i PATH=/usr/local/bin:/usr/bin:/bin HEARTH_SERVER__LISTEN="127.0.0.1:$port" \
      "$chroot" --userspec=hearth:hearth "$machine" hearth serve --config /etc/hearth/hearth.toml >"$work/server.out" 2>"$work/server.err" </dev/null
  ) &
  echo $! >"$work/server.pid"
  local tries
  for tries in $(seq 100); do
    if curl -sf -o "$work/ready" "http://127.0.0.1:$port/readyz"; then return 0; fi
    is_alive "$(cat "$work/server.pid")" || break
    sleep 0.2
  done
  echo "not ready after $tries tries"
  cat "$work/server.err"
  return 1
}

# One that has ended and that nobody has asked for is not.
is_alive() {
  grep -q '^State:[[:space:]]*[^ZX]' "/proc/$1/status" 2>/dev/null
}

stop_server() {
  [ -s "$work/server.pid" ] || return 0
  local pid tries
  pid=$(cat "$work/server.pid")
  rm -f "$work/server.pid"
  kill -TERM "$pid" 2>/dev/null
  for tries in $(seq 150); do
    is_alive "$pid" || return 0
    sleep 0.1
  done
  echo "still there after $tries tries"
  kill -KILL "$pid"
  return 1
}

send_events() {
  local session event events now
  now=$(date +%s)000
  for session in 1 2 3; do
    events=
    for event in $(seq 20); do
      events="$events${events:+,}{\"type\":\"click\",\"eventId\":\"$session-$event\",\"sessionId\":\"s$session\",\"ts\":$((now + event)),\"path\":\"/p$((event % 3))\",\"viewport\":{\"w\":1280,\"h\":720},\"device\":{},\"x\":$((event * 7)),\"y\":$((event * 5))}"
    done
    curl -sSf -X POST "http://127.0.0.1:$port/ingest" -H 'Content-Type: application/json' -H "x-project-key: $1" \
      -d "{\"session\":{\"id\":\"s$session\"},\"events\":[$events]}" >/dev/null || return 1
  done
}

add_administrator() {
  echo 'tuba-gletscher-07' | as_hearth hearth user add ada --admin --password-stdin
}

# No warning either.
doctor_is_green() {
  local report
  report=$(ulimit -n "$(ulimit -Hn)" && as_hearth hearth doctor --thorough --json) || {
    printf '%s\n' "$report"
    return 1
  }
  printf '%s\n' "$report" | grep -q '^  "status": "pass"' || {
    printf '%s\n' "$report" | grep -B2 -A1 '"warn"\|"fail"'
    return 1
  }
}

# What the API says, without what changes by itself.
answers() {
  local project
  ask() { curl -sSf -H "Authorization: Bearer $1" "http://127.0.0.1:$port$2"; }
  project=$(ask "$1" /api/v1/projects | sed -n 's/.*"id":"\([^"]*\)".*/\1/p')
  ask "$1" "/api/v1/projects/$project/totals?from=0"
  ask "$1" "/api/projects/$project/heatmap?path=/p1&type=click"
  ask "$1" "/api/projects/$project/events?limit=100"
  ask "$1" "/api/sessions/s2"
}

free_port() {
  local port
  for port in $(shuf -i 20000-29999 -n 50); do
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return 0
    fi
  done
  return 1
}

main
