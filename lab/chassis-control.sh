#!/bin/sh
# chassis-control.sh FOLDER get power|boot ...
# chassis-control.sh FOLDER set power|reset|shutdown|boot VALUE ...
#
# ipmi_sim calls this for its chassis (ipmi_lan(5), chassis_control) and waits for its end; meanwhile the BMC
# answers nobody, and a client sends its command again. So it only writes files, and may be called twice.
#
#   power   `on` or `off`
#   boot    device for the next start only: what `set boot` said last
#   start   one line for each start, `ID DEVICE`: the firmware (firmware-main.ts) boots when ID is new
set -eu
cd "$1"
verb=$2
shift 2

put() {
  printf '%s\n' "$2" >"$1.$$.tmp"
  mv -f "$1.$$.tmp" "$1"
}

read_or() {
  value=$2
  if [ -f "$1" ]; then read -r value <"$1" || :; fi
  printf '%s' "$value"
}

begin() {
  put start "$(date +%s%N) $(read_or boot default)"
  rm -f boot
}

while [ $# -gt 0 ]; do
  case "$verb $1" in
  "get power")
    if [ "$(read_or power off)" = on ]; then echo power:1; else echo power:0; fi
    shift
    ;;
  "get boot")
    echo "boot:$(read_or boot default)"
    shift
    ;;
  "set power")
    if [ "$2" = 0 ]; then
      put power off
    elif [ "$(read_or power off)" = off ]; then
      begin
      put power on
    fi
    shift 2
    ;;
  "set shutdown")
    put power off
    shift 2
    ;;
  "set reset")
    if [ "$(read_or power off)" = on ]; then begin; fi
    shift 2
    ;;
  "set boot")
    put boot "$2"
    shift 2
    ;;
  *)
    echo "chassis-control.sh: $verb $1 is unknown" >&2
    exit 1
    ;;
  esac
done
