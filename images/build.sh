#!/bin/sh
# Builds one image context and pushes it: build.sh CONTEXT REPOSITORY
# Prints REPOSITORY@sha256:DIGEST and nothing else on stdout. The same context gives the same digest.
# A context may hold prepare.sh, which puts files of this machine (a static busybox) beside the Containerfile.
set -eu
context=$1
repository=$2

for program in buildah; do
  command -v "$program" >/dev/null || { echo "$program is missing: apt-get install $program" >&2; exit 1; }
done

work=$(mktemp -d "${TMPDIR:-/tmp}/lectern-image.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

cp -R "$context/." "$work/context"
cat >"$work/registries.conf" <<CONF
unqualified-search-registries = []
CONF
cat >"$work/storage.conf" <<CONF
[storage]
driver = "vfs"
runroot = "$work/run"
graphroot = "$work/storage"
CONF
echo '{"default":[{"type":"insecureAcceptAnything"}]}' >"$work/policy.json"
export CONTAINERS_REGISTRIES_CONF="$work/registries.conf" CONTAINERS_STORAGE_CONF="$work/storage.conf"

if [ -e "$work/context/prepare.sh" ]; then
  (cd "$work/context" && sh ./prepare.sh && rm prepare.sh) >&2
fi

# Only a registry on this machine may speak plain HTTP.
host=${repository%%[:/]*}
case $host in
  127.* | localhost) tls=--tls-verify=false ;;
  *) case $(ip route get "$host" 2>/dev/null) in
    local\ *) tls=--tls-verify=false ;;
    *) tls=--tls-verify=true ;;
    esac ;;
esac

buildah bud --isolation chroot --format oci --timestamp 0 --signature-policy "$work/policy.json" \
  --tag "$repository:latest" "$work/context" >&2
buildah push --signature-policy "$work/policy.json" $tls --digestfile "$work/digest" \
  "$repository:latest" "docker://$repository:latest" >&2
echo "$repository@$(cat "$work/digest")"
