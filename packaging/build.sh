#!/usr/bin/env bash
# Makes every package of one release build, in target/packages:
#
#   hearth_VERSION_ARCH.deb          for Debian and Ubuntu
#   hearth-VERSION-TRIPLE.tar.gz     for everything else, with install.sh
#   hearth-VERSION.cdx.json          what is in it: an SBOM (CycloneDX)
#   install.sh                       takes one of the first two, checks it and installs it
#   SHA256SUMS                       of all of them
#
# HEARTH_BIN names a binary to package instead of building one. The same commit and toolchain give the same bytes of the
# tarball and the .deb: times come from SOURCE_DATE_EPOCH, which is the commit's unless it is set.
# Needs dpkg-dev, and cargo-deb and cargo-cyclonedx, which are installed if they are missing.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
. tests/lib/fresh_machine.sh
. tests/lib/binary.sh
use_writable_caches "$root/target"
PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

out=$root/target/packages
stage=$out/stage
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
triple=$(rustc -vV | sed -n 's/^host: //p')
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH

main() {
  ensure_binary
  ensure_tool cargo-deb
  ensure_tool cargo-cyclonedx
  rm -rf "$out"
  mkdir -p "$stage"
  stage_files
  make_deb
  make_tarball
  make_sbom
  cp packaging/install.sh "$out/install.sh"
  rm -rf "$stage"
  (cd "$out" && sha256sum -- * >SHA256SUMS)
  cat "$out/SHA256SUMS"
}

# What the packages have in common: all that the binary itself can tell is asked of it.
stage_files() {
  local page shell
  install -m 0755 "$HEARTH_BIN" "$stage/hearth"
  strip --strip-debug "$stage/hearth"
  hearth init --print --data /var/lib/hearth/hearth.db >"$stage/hearth.toml"
  hearth man --dir "$stage/man" 2>/dev/null
  for page in "$stage"/man/*.1; do gzip -9n "$page"; done
  mkdir "$stage/completions"
  for shell in bash zsh fish; do hearth completions "$shell" >"$stage/completions/hearth.$shell"; done
}

# The packaged binary, with nothing of this machine's configuration.
hearth() {
  env -i "$stage/hearth" "$@"
}

make_deb() {
  install_programs dpkg-shlibdeps=dpkg-dev
  # Given the version of the crate; a package of the same version replaces itself.
  cargo deb --quiet --no-build --no-strip --locked --deb-version "$version-1" --output "$out/" >/dev/null
}

make_tarball() {
  local name=hearth-$version-$triple
  local tree=$out/$name
  mkdir -p "$tree/docs"
  cp -r "$stage/hearth" "$stage/hearth.toml" "$stage/man" "$stage/completions" "$tree/"
  cp packaging/hearth.service packaging/install.sh README.md CHANGELOG.md LICENSE LICENSE-APACHE LICENSE-MIT NOTICE "$tree/"
  cp docs/*.md "$tree/docs/"
  find "$tree" -type d -exec chmod 0755 {} +
  find "$tree" -type f -exec chmod 0644 {} +
  chmod 0755 "$tree/hearth" "$tree/install.sh"
  (cd "$tree" && find . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 sha256sum -- >"$out/sums")
  install -m 0644 "$out/sums" "$tree/SHA256SUMS"
  rm "$out/sums"
  tar --create --directory "$out" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
    --format=ustar "$name" | gzip -9n >"$out/$name.tar.gz"
  rm -rf "$tree"
}

# Of what is compiled in, without what only tests need.
make_sbom() {
  cargo cyclonedx --quiet --format json --target "$triple" --override-filename hearth-sbom
  mv hearth-sbom.json "$out/hearth-$version.cdx.json"
}

# ensure_tool NAME: a program of cargo's that is installed from crates.io if it is missing.
ensure_tool() {
  command -v "$1" >/dev/null && return 0
  echo "installing: $1"
  nice cargo install --locked --quiet "$1"
}

main
