#!/usr/bin/env bash
# Install what the tests need beside Python packages, and say so: Debian packages, dlv, the SARIF multitool.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .cache/tools/bin

declare -A package_of=(
  [gcc]=gcc [make]=make [git]=git [pkg-config]=pkg-config [qemu-aarch64]=qemu-user [musl-gcc]=musl-tools
  [aarch64-linux-gnu-gcc]=gcc-aarch64-linux-gnu [readelf]=binutils [file]=file [unshare]=util-linux [mount]=mount
  [strace]=strace [npm]=npm [shellcheck]=shellcheck [g++]=g++ [clang]=clang [ld.lld]=lld [mold]=mold [localedef]=locales
  [arm-linux-gnueabihf-gcc]=gcc-arm-linux-gnueabihf [x86_64-w64-mingw32-gcc]=gcc-mingw-w64-x86-64
  [qemu-arm-static]=qemu-user-static [nix-instantiate]=nix-bin [patch]=patch [flex]=flex [bison]=bison [tclsh]=tcl [perl]=perl
  [nvim]=neovim [emacs]=emacs-nox [systemd-analyze]=systemd
  [prometheus]=prometheus [prometheus-alertmanager]=prometheus-alertmanager [mariadbd]=mariadb-server [ssh-keygen]=openssh-client [victoria-metrics]=victoria-metrics
)
# Only `make test-full` and `make bench` run Spark and wrk.
[ "${1:-}" != engines ] || package_of+=([java]=default-jre-headless [nginx]=nginx-light [wrk]=wrk)
missing=()
for program in "${!package_of[@]}"; do
  command -v "$program" > /dev/null || missing+=("${package_of[$program]}")
done
[ -e /usr/aarch64-linux-gnu/lib/libc.so.6 ] || missing+=(libc6-dev-arm64-cross)
[ -e /usr/arm-linux-gnueabihf/lib/libc.so.6 ] || missing+=(libc6-dev-armhf-cross)
[ -e /usr/lib/x86_64-linux-gnu/pkgconfig/libzstd.pc ] || missing+=(libzstd-dev)
[ -e "/usr/share/locale/zh_CN/LC_MESSAGES/gcc-$(gcc -dumpversion 2> /dev/null).mo" ] || missing+=("gcc-$(gcc -dumpversion 2> /dev/null || echo 12)-locales")
if [ ${#missing[@]} -gt 0 ]; then
  echo "test tools: installing Debian packages: ${missing[*]}"
  case " ${missing[*]} " in
    *" prometheus"* | *" mariadb-server "*) echo "test tools: Debian may start prometheus, prometheus-alertmanager, victoria-metrics and mariadb as services; the tests start their own, on other ports" ;;
  esac
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo > /dev/null || { echo "these Debian packages are missing and need root: ${missing[*]}"; exit 2; }
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" > .cache/apt.log 2>&1 \
    || { tail -5 .cache/apt.log; exit 2; }
fi

command -v go > /dev/null || { echo "the tests need Go 1.21 or newer on PATH"; exit 2; }
dlv_version=v1.27.2
if ! .cache/tools/bin/dlv version 2> /dev/null | grep -q "${dlv_version#v}"; then
  echo "test tools: building dlv $dlv_version with go install (about 15 MB of modules)"
  GOBIN="$PWD/.cache/tools/bin" GOFLAGS= go install "github.com/go-delve/delve/cmd/dlv@$dlv_version" > .cache/dlv.log 2>&1 \
    || { tail -5 .cache/dlv.log; exit 2; }
fi

if [ ! -x .cache/tools/bin/buildifier ]; then
  echo "test tools: building buildifier with go install (about 3 MB of modules)"
  GOBIN="$PWD/.cache/tools/bin" GOFLAGS= go install github.com/bazelbuild/buildtools/buildifier@v0.0.0-20260904073137-eaa4d125b423 > .cache/buildifier.log 2>&1 \
    || { tail -5 .cache/buildifier.log; exit 2; }
fi

if [ ! -x .cache/tools/bin/versitygw ]; then
  echo "test tools: building versitygw, an S3 server, with go install (about 60 MB of modules, a minute or two)"
  GOBIN="$PWD/.cache/tools/bin" GOFLAGS= go install github.com/versity/versitygw/cmd/versitygw@v1.8.0 > .cache/versitygw.log 2>&1 \
    || { tail -5 .cache/versitygw.log; exit 2; }
fi

if [ ! -x tests/tools/node_modules/.bin/sarif-multitool ] || [ tests/tools/package-lock.json -nt tests/tools/node_modules ]; then
  echo "test tools: fetching the SARIF multitool from npm (about 100 MB unpacked)"
  npm ci --prefix tests/tools --no-fund --no-audit --loglevel=error
  touch tests/tools/node_modules
fi
chmod u+x tests/tools/node_modules/@microsoft/sarif-multitool-*/Sarif.Multitool

# Two more ages of glibc, for tests that start binaries in other systems: unpacked, not installed.
for suite in bullseye trixie; do
  root=$PWD/.cache/roots/$suite
  [ -e "$root/.ready" ] && continue
  echo "test tools: fetching libc6 and libstdc++6 of Debian $suite (about 5 MB) into .cache/roots"
  apt=$PWD/.cache/roots/$suite.apt more=''
  [ "$suite" = trixie ] && more='upx-ucl libucl1 zlib1g'  # upx is not in bookworm; it runs with this root's loader
  rm -rf "$root" "$apt"
  mkdir -p "$root" "$apt/state/lists/partial" "$apt/cache/archives/partial" "$apt/debs"
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | grep debian | head -1)
  [ -n "$mirror" ] || { echo "apt knows no mirror of Debian: the tests need libc6 of $suite"; exit 2; }
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" > "$apt/sources.list"
  with=(-o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State=$apt/state" -o "Dir::Cache=$apt/cache"
    -o Dir::State::status=/dev/null -o APT::Architecture=amd64 -o Acquire::Languages=none -o APT::Sandbox::User=root
    -o Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false -o Acquire::IndexTargets::deb::Contents-all::DefaultEnabled=false)
  { apt-get "${with[@]}" update -qq && (cd "$apt/debs" && apt-get "${with[@]}" download -qq libc6 libgcc-s1 libstdc++6 $more); } > .cache/apt.log 2>&1 \
    || { tail -5 .cache/apt.log; exit 2; }
  for package in "$apt"/debs/*.deb; do dpkg-deb -x "$package" "$root"; done
  for name in lib lib64; do [ -e "$root/$name" ] || ln -s "usr/$name" "$root/$name"; done  # what base-files does since usr was merged
  rm -rf "$apt"
  touch "$root/.ready"
done
