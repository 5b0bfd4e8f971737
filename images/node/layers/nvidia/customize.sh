#!/bin/sh
# customize.sh ROOT FILES PROGRAM...: the layer for machines with NVIDIA GPUs. The driver's modules are built for the
# image's kernel, and what built them is taken away again: machines load modules and compile none.
set -eu
root=$1
files=$2
shift 2

cp -R --no-preserve=ownership,timestamps "$files/." "$root/"
chown -R 0:0 "$root/etc/nvidia-container-runtime" "$root/usr/lib/lectern"
chmod 0755 "$root/usr/lib/lectern/gpus"
install -m 0755 "$@" "$root/usr/bin/"

kernel=$(ls "$root/lib/modules")
[ "$(echo "$kernel" | wc -w)" = 1 ] || { echo "E: one kernel was expected, there are: $kernel" >&2; exit 1; }
# Built already, if the kernel's headers were there before the driver.
chroot "$root" dkms autoinstall -k "$kernel" >"$root/tmp/dkms.log" 2>&1 || :
modules=$root/lib/modules/$kernel/updates/dkms
[ -e "$modules/nvidia-current.ko" ] || {
	tail -n 20 "$root/tmp/dkms.log" "$root"/var/lib/dkms/nvidia-current/*/build/make.log >&2 || :
	echo "E: the driver could not be built for the kernel $kernel" >&2
	exit 1
}
cp -R "$modules" "$root/tmp/modules"
# Nothing stays because something else would like it.
chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get --yes -o APT::AutoRemove::SuggestsImportant=false \
	-o APT::AutoRemove::RecommendsImportant=false purge --autoremove \
	nvidia-kernel-dkms dkms 'linux-headers-.*' >/dev/null
mkdir -p "$modules"
cp "$root"/tmp/modules/* "$modules/"
rm -rf "$root/var/lib/dkms" "$root/etc/dkms" "$root/tmp/modules" "$root/tmp/dkms.log"
chroot "$root" depmod -a "$kernel"
for module in nvidia nvidia-uvm; do
	# By the names that the machine will ask for.
	chroot "$root" modprobe --set-version "$kernel" --show-depends "$module" >/dev/null
done
chroot "$root" systemctl enable lectern-gpus >/dev/null
chroot "$root" nvidia-ctk --version >/dev/null
