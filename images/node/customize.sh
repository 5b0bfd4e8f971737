#!/bin/sh
# customize.sh ROOT FILES MADE PROGRAM...: turns what mmdebstrap unpacked into a node (mmdebstrap(1),
# --customize-hook), and takes away what differs from one build to the next. SOURCE_DATE_EPOCH is set.
set -eu
root=$1
files=$2
made=$3
shift 3

cp -R --no-preserve=ownership,timestamps "$files/." "$root/"
cp -R --no-preserve=ownership,timestamps "$made/." "$root/usr/lib/lectern/"
mkdir -p "$root/var/lib/lectern" "$root/etc/kubernetes"
chown -R 0:0 "$root/usr/lib/lectern" "$root/etc/initramfs-tools" "$root/etc/systemd" "$root/etc/containerd"
chmod 0755 "$root"/usr/lib/lectern/* "$root/etc/initramfs-tools/hooks/lectern"
install -m 0755 "$@" "$root/usr/bin/"

# Debian has them in sbin and waits for them without need.
chroot "$root" systemctl enable systemd-networkd lectern-boot var-lib-containerd.mount var-lib-kubelet.mount >/dev/null
chroot "$root" systemctl disable systemd-networkd-wait-online ssh.socket >/dev/null 2>&1 || :
chroot "$root" systemctl mask systemd-networkd-wait-online apt-daily.timer apt-daily-upgrade.timer \
	systemd-timesyncd e2scrub_all.timer e2scrub_reap >/dev/null 2>&1
# Each machine makes its own host keys when it starts.
rm -f "$root"/etc/ssh/ssh_host_*
mkdir -p "$root/etc/systemd/system/ssh.service.d"
printf '[Service]\nExecStartPre=\nExecStartPre=/usr/bin/ssh-keygen -A\nExecStartPre=/usr/sbin/sshd -t\n' \
	>"$root/etc/systemd/system/ssh.service.d/host-keys.conf"
# Nobody logs in with a password.
chroot "$root" passwd --lock root >/dev/null

rm -f "$root"/boot/initrd.img-*
chroot "$root" update-initramfs -c -k all >/dev/null

: >"$root/etc/machine-id"
rm -f "$root/var/lib/dbus/machine-id" "$root/etc/hostname" "$root/etc/resolv.conf"
# kubelet starts no pod without it; the site's name servers come with the configuration.
: >"$root/etc/resolv.conf"
printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* "$root"/var/cache/debconf/*-old \
	"$root"/var/cache/ldconfig/aux-cache "$root"/var/lib/dpkg/*-old "$root"/var/lib/systemd/random-seed \
	"$root"/var/lib/initramfs-tools/* "$root"/etc/*- "$root"/root/.[a-z]*history \
	"$root"/tmp/* "$root"/run/* "$root"/etc/apt/sources.list.d/* "$root"/etc/apt/sources.list
find "$root/var/log" -type f -delete
