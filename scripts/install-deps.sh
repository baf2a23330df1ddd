#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Install what is missing from Debian 12's own packages.
#
#   install-deps.sh           to build
#   install-deps.sh --run     also to mirror by rsync and to ask with dig
#   install-deps.sh --test    also what the tests use
#   install-deps.sh --bench   also what the benchmark compares with
#
# Does nothing when all is there.  No service is started by the packages, and none is enabled that
# was not there before: see quiet_install().
set -euo pipefail

BUILD=(gcc make pkg-config libldns-dev liburcu-dev libcurl4-openssl-dev libconfuse-dev
    libxxhash-dev zlib1g-dev libarchive-dev libjansson-dev libidn2-dev libsodium-dev libcap-ng-dev
    libseccomp-dev)
RUN=(rsync bind9-dnsutils)
TEST=(check clang-14 libclang-rt-14-dev clang-format-14 mandoc procps python3 nginx-light unbound
    postfix iproute2 rbldnsd nsd knot strace bzip2 xz-utils zstd zip openssl systemd)
BENCH=(rbldnsd nsd knot nginx-light procps python3)
# Packages that bring a service: kept from starting and from being enabled.
SERVICES=(rsync nginx unbound postfix rbldnsd nsd knot)

POLICY=/usr/sbin/policy-rc.d

die() { echo "install-deps: $*" >&2; exit 1; }

installed() { [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null) == ii* ]]; }

missing() { # of the packages named
    local p
    for p in "$@"; do
        case $p in
        # Another flavour of nginx does as well, and would have to go for this one.
        nginx-light) command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || echo "$p" ;;
        # Postfix would push out another mail server: the test that needs it is skipped then.
        postfix) installed "$p" || other_mail_server || echo "$p" ;;
        *) installed "$p" || echo "$p" ;;
        esac
    done
}

other_mail_server() {
    dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Provides}\n' 2>/dev/null |
        grep -q '^ii .*mail-transport-agent'
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

restore_policy() {
    as_root rm -f "$POLICY"
    if as_root test -e "$POLICY.before-rblmirror"; then
        as_root mv "$POLICY.before-rblmirror" "$POLICY"
    fi
}

# A package that carries a daemon starts it and enables it for the next boot; someone who wants to
# build this project did not ask for that.  policy-rc.d (101: forbidden) stops the start, and units
# that were not known before are disabled again.
quiet_install() {
    local s known=''
    for s in "${SERVICES[@]}"; do
        if [ -e "/lib/systemd/system/$s.service" ]; then known+=" $s "; fi
    done
    if as_root test -e "$POLICY"; then as_root mv "$POLICY" "$POLICY.before-rblmirror"; fi
    trap restore_policy EXIT
    trap 'exit 130' INT TERM
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
    as_root chmod 755 "$POLICY"
    if [[ " $* " == *" postfix "* ]]; then
        echo 'postfix postfix/main_mailer_type select No configuration' |
            as_root debconf-set-selections
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
        --no-remove -o Dpkg::Use-Pty=0 "$@"
    restore_policy
    trap - EXIT INT TERM
    for s in "${SERVICES[@]}"; do
        [[ $known == *" $s "* || ! -e /lib/systemd/system/$s.service ]] && continue
        as_root systemctl disable "$s" >/dev/null 2>&1 || true
    done
}

report() { # purpose packages...
    local purpose=$1
    shift
    [ $# = 0 ] || echo "install-deps: $purpose: $*"
}

want_run=0 want_test=0 want_bench=0
for arg in "$@"; do
    case $arg in
    --run) want_run=1 ;;
    --test) want_run=1 want_test=1 ;;
    --bench) want_run=1 want_bench=1 ;;
    *) die "usage: install-deps.sh [--run|--test|--bench]" ;;
    esac
done

command -v dpkg-query >/dev/null || die "not a Debian system: install what corresponds to ${BUILD[*]}"

mapfile -t build < <(missing "${BUILD[@]}")
run=() test=() bench=()
[ $want_run = 0 ] || mapfile -t run < <(missing "${RUN[@]}")
[ $want_test = 0 ] || mapfile -t test < <(missing "${TEST[@]}")
[ $want_bench = 0 ] || mapfile -t bench < <(missing "${BENCH[@]}")
all=("${build[@]}" "${run[@]}" "${test[@]}" "${bench[@]}")
[ ${#all[@]} -gt 0 ] || exit 0

report "to build" "${build[@]}"
report "to mirror with rsync and ask with dig" "${run[@]}"
report "for the tests" "${test[@]}"
report "for the benchmark" "${bench[@]}"
if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    die "neither root nor sudo: have an administrator run" \
        "'apt-get install --no-install-recommends ${all[*]}', then try again"
fi
[ $want_test$want_bench = 00 ] ||
    echo "install-deps: services among them (${SERVICES[*]}) are neither started nor enabled"
quiet_install "${all[@]}"
