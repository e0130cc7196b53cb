#!/bin/sh
# Installs Hearth, or takes it away again.
#
#   install.sh                          what lies beside this script: an unpacked tarball, or one .deb or tarball
#   install.sh FILE|URL                 this .deb or tarball
#   install.sh --uninstall              remove it; the configuration and the data stay
#
#   --sha256 HEX      what the package must have; otherwise a SHA256SUMS beside it must name it
#   --prefix DIR      where programs and pages go (default /usr/local)
#   --no-service      do not install the systemd service
#
# What is there is replaced, a configuration never is: running it again is an upgrade. DESTDIR puts everything below another
# root, for those who make packages; no user is made and no service touched then.
set -eu

prefix=/usr/local
destdir=${DESTDIR:-}
source=
sha256=
service=yes
action=install
work=

main() {
  while [ $# -gt 0 ]; do
    case $1 in
      --prefix)
        prefix=$(value "$@")
        shift
        ;;
      --prefix=*) prefix=${1#*=} ;;
      --sha256)
        sha256=$(value "$@")
        shift
        ;;
      --sha256=*) sha256=${1#*=} ;;
      --no-service) service=no ;;
      --uninstall) action=uninstall ;;
      -h | --help)
        sed -n '2,/^set -eu/{/^#/s/^# \{0,1\}//p;}' "$0"
        exit 0
        ;;
      -*) usage "unknown option $1" ;;
      *)
        [ -z "$source" ] || usage "one package at a time"
        source=$1
        ;;
    esac
    shift
  done
  case $prefix in /*) ;; *) usage "--prefix must begin with /" ;; esac
  trap cleanup EXIT
  trap 'exit 1' HUP INT TERM
  if [ "$action" = uninstall ]; then uninstall; else install_from_source; fi
}

value() {
  [ $# -gt 1 ] || usage "$1 needs a value"
  printf '%s\n' "$2"
}

usage() {
  echo "install.sh: $1; see install.sh --help" >&2
  exit 2
}

fail() {
  echo "install.sh: $1" >&2
  exit 1
}

cleanup() {
  if [ -n "$work" ]; then rm -rf "$work"; fi
}

install_from_source() {
  here=$(cd "$(dirname "$0")" && pwd)
  work=$(mktemp -d)
  if [ -z "$source" ]; then
    if [ -f "$here/hearth" ] && [ -f "$here/SHA256SUMS" ]; then
      (cd "$here" && sha256sum --check --quiet --strict SHA256SUMS) || fail "the files are not those that were packaged"
      install_tree "$here"
      return
    fi
    source=$(find_beside "$here")
  fi
  case $source in
    https://*)
      download "$source" "$work/$(basename "$source")"
      if [ -z "$sha256" ]; then download "${source%/*}/SHA256SUMS" "$work/SHA256SUMS"; fi
      source=$work/$(basename "$source")
      ;;
    *://*) fail "only https:// is fetched: $source" ;;
  esac
  [ -f "$source" ] || fail "there is no file $source"
  verify "$source"
  case $source in
    *.deb) install_deb "$source" ;;
    *.tar.gz)
      mkdir "$work/tree"
      tar -xzf "$source" -C "$work/tree" --strip-components=1 --no-same-owner
      (cd "$work/tree" && sha256sum --check --quiet --strict SHA256SUMS) || fail "the tarball is damaged"
      install_tree "$work/tree"
      ;;
    *) fail "neither a .deb nor a .tar.gz: $source" ;;
  esac
}

# The only package in a directory; of both kinds the .deb, where there is dpkg.
find_beside() {
  pattern='hearth-*.tar.gz'
  if command -v dpkg >/dev/null 2>&1 && [ -z "$destdir" ] && ls "$1"/hearth_*.deb >/dev/null 2>&1; then pattern='hearth_*.deb'; fi
  found=$(find "$1" -maxdepth 1 -type f -name "$pattern")
  [ -n "$found" ] || fail "there is no package beside this script; name one"
  [ "$(printf '%s\n' "$found" | wc -l)" -eq 1 ] || fail "there are several packages beside this script; name one"
  printf '%s\n' "$found"
}

download() {
  if command -v curl >/dev/null 2>&1; then
    curl --fail --silent --show-error --location --proto '=https' --proto-redir '=https' --output "$2" "$1" || fail "cannot fetch $1"
  elif command -v wget >/dev/null 2>&1; then
    wget --quiet --https-only --output-document="$2" "$1" || fail "cannot fetch $1"
  else
    fail "neither curl nor wget is installed"
  fi
}

# A package whose checksum nobody says is not installed.
verify() {
  name=$(basename "$1")
  wanted=$sha256
  if [ -z "$wanted" ]; then
    sums=$(dirname "$1")/SHA256SUMS
    [ -f "$sums" ] || fail "there is no SHA256SUMS beside $name; say --sha256"
    wanted=$(awk -v name="$name" '$2 == name || $2 == "*" name { print $1 }' "$sums")
    [ -n "$wanted" ] || fail "SHA256SUMS does not name $name"
  fi
  found=$(sha256sum "$1" | cut -d' ' -f1)
  [ "$found" = "$wanted" ] || fail "$name has the checksum $found, not $wanted"
}

install_deb() {
  [ -z "$destdir" ] || fail "a .deb goes to / only; use the tarball"
  [ "$(id -u)" -eq 0 ] || fail "a .deb is installed by root"
  dpkg -i "$1"
}

install_tree() {
  tree=$1
  put 0755 "$tree/hearth" "$prefix/bin/hearth"
  for page in "$tree"/man/*.1.gz; do put 0644 "$page" "$prefix/share/man/man1/$(basename "$page")"; done
  put 0644 "$tree/completions/hearth.bash" "$prefix/share/bash-completion/completions/hearth"
  put 0644 "$tree/completions/hearth.zsh" "$prefix/share/zsh/site-functions/_hearth"
  put 0644 "$tree/completions/hearth.fish" "$prefix/share/fish/vendor_completions.d/hearth.fish"
  for licence in LICENSE LICENSE-APACHE LICENSE-MIT NOTICE README.md; do put 0644 "$tree/$licence" "$prefix/share/doc/hearth/$licence"; done
  if wants_service; then install_service "$tree"; else ready_without_service; fi
}

# put MODE FROM TO: never leaves half a file, and replaces a program that runs.
put() {
  mkdir -p "$destdir$(dirname "$3")"
  cp "$2" "$destdir$3.new"
  chmod "$1" "$destdir$3.new"
  mv -f "$destdir$3.new" "$destdir$3"
}

wants_service() {
  [ "$service" = yes ] || return 1
  [ -n "$destdir" ] || { [ "$(id -u)" -eq 0 ] && [ -d /etc/systemd/system ]; }
}

install_service() {
  sed "s|/usr/bin/hearth|$prefix/bin/hearth|" "$1/hearth.service" >"$work/hearth.service"
  put 0644 "$work/hearth.service" /etc/systemd/system/hearth.service
  if [ ! -e "$destdir/etc/hearth/hearth.toml" ]; then put 0640 "$1/hearth.toml" /etc/hearth/hearth.toml; fi
  if [ -n "$destdir" ]; then return; fi
  if ! getent passwd hearth >/dev/null; then
    nologin=$(command -v nologin || echo /usr/sbin/nologin)
    useradd --system --user-group --no-create-home --home-dir /var/lib/hearth --shell "$nologin" hearth
  fi
  chown root:hearth /etc/hearth/hearth.toml
  if [ ! -d /var/lib/hearth ]; then
    mkdir -m 0700 /var/lib/hearth
    chown hearth:hearth /var/lib/hearth
  fi
  if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    systemctl try-restart hearth.service
  fi
  echo "Hearth is installed. Look at /etc/hearth/hearth.toml, then start it:"
  echo "  systemctl enable --now hearth"
  echo "and open the link in its first lines: journalctl -u hearth"
}

ready_without_service() {
  echo "Hearth is installed in $prefix/bin, without a service. To begin:"
  echo "  hearth init --dir ~/hearth"
}

uninstall() {
  if [ -z "$destdir" ] && dpkg-query --show hearth >/dev/null 2>&1; then fail "it was installed as a .deb: apt remove hearth"; fi
  if [ -z "$destdir" ] && [ -e /etc/systemd/system/hearth.service ] && [ -d /run/systemd/system ]; then
    systemctl disable --now hearth.service
  fi
  rm -f "$destdir$prefix/bin/hearth" "$destdir$prefix"/share/man/man1/hearth.1.gz "$destdir$prefix"/share/man/man1/hearth-*.1.gz \
    "$destdir$prefix/share/bash-completion/completions/hearth" "$destdir$prefix/share/zsh/site-functions/_hearth" \
    "$destdir$prefix/share/fish/vendor_completions.d/hearth.fish" "$destdir/etc/systemd/system/hearth.service"
  rm -rf "$destdir$prefix/share/doc/hearth"
  if [ -z "$destdir" ] && [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
  echo "Hearth is removed. Left where they are: /etc/hearth and /var/lib/hearth (or where your data are)."
}

main "$@"
