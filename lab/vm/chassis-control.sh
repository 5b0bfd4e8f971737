#!/bin/sh
# chassis-control.sh FOLDER get power|boot ...
# chassis-control.sh FOLDER set power|reset|shutdown|boot VALUE ...
#
# The chassis of a virtual machine as ipmi_sim calls it (ipmi_lan(5), chassis_control). ipmi_sim waits for its end and
# for that of its output, and a client that waits sends its command again: so it is quick, detaches what it starts, and
# may be called twice.
#
#   qemu.args    QEMU's arguments, one a line, all but the boot order
#   qemu.pid     the virtual machine that is on: process id and start time
#   boot         device for the next start only: what `set boot` said last
#   orders       what was done to its power, one a line: on, reset, soft, off
#   monitor.in   QEMU's monitor (a FIFO)
set -eu
cd "$1"
verb=$2
shift 2

read_or() {
  value=$2
  if [ -f "$1" ]; then read -r value <"$1" || :; fi
  printf '%s' "$value"
}

# Field 22 of /proc/PID/stat: a reused pid has another.
start_time() {
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  shift 19
  printf '%s' "$1"
}

# Sets pid; succeeds if the machine is on.
is_on() {
  [ -f qemu.pid ] || return 1
  read -r pid began <qemu.pid || return 1
  [ -n "$began" ] && [ "$(start_time "$pid")" = "$began" ]
}

begin() {
  case $(read_or boot default) in
  pxe) order=n ;;
  # Disk first, as servers are set up; an empty one gives way to the network.
  *) order=cn ;;
  esac
  rm -f boot
  [ -p monitor.in ] || mkfifo monitor.in monitor.out
  (
    IFS='
'
    # shellcheck disable=SC2046
    exec setsid qemu-system-x86_64 $(cat qemu.args) -boot "order=$order" </dev/null >qemu.log 2>&1
  ) </dev/null >/dev/null 2>&1 &
  echo "$! $(start_time $!)" >qemu.pid.new
  mv -f qemu.pid.new qemu.pid
}

end() {
  is_on || return 0
  kill -KILL "$pid" 2>/dev/null || :
  while is_on; do :; done
  rm -f qemu.pid
}

while [ $# -gt 0 ]; do
  case "$verb $1" in
  "get power")
    if is_on; then echo power:1; else echo power:0; fi
    shift
    ;;
  "get boot")
    echo "boot:$(read_or boot default)"
    shift
    ;;
  "set power")
    if [ "$2" = 0 ]; then
      if is_on; then echo off >>orders; fi
      end
    elif ! is_on; then
      echo on >>orders
      begin
    fi
    shift 2
    ;;
  "set shutdown")
    # Asks the operating system, by the power button.
    if is_on; then
      echo soft >>orders
      echo system_powerdown >monitor.in
    fi
    shift 2
    ;;
  "set reset")
    if is_on; then
      echo reset >>orders
      end
      begin
    fi
    shift 2
    ;;
  "set boot")
    echo "$2" >boot
    shift 2
    ;;
  *)
    echo "chassis-control.sh: $verb $1 is unknown" >&2
    exit 1
    ;;
  esac
done
