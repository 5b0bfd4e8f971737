import { FIRMWARE_FILES } from "../boot/dnsmasq";
import { shellWord } from "../../base/shell";
import { BOOT_UNIT, DHCP_UNIT, GATEWAY, type GatewayPlan } from "./plan";

/** Debian's package `ipxe`. */
const IPXE = "/usr/lib/ipxe";
/** How long the boot service may take to answer once it was started, in seconds. */
const ANSWERS_WITHIN = 30;

/** Looks whether a machine can be the gateway, names all that is missing, and makes its folders (POSIX shell). */
export function prepareScript({ folders, options: { boot, node, dhcp } }: GatewayPlan): string {
  const check = (test: string, problem: string, fix: string): string =>
    `${test} || fault ${shellWord(problem)} ${shellWord(fix)}`;
  return [
    "set -u",
    "bad=0",
    'fault() { echo "control gateway $(hostname): $1; $2" >&2; bad=1; }',
    check('[ "$(id -u)" = 0 ]', "not logged in as root", "correct gateway.user"),
    check(
      "[ -d /run/systemd/system ]",
      "systemd does not run there",
      "choose a machine that systemd runs on",
    ),
    check(
      `${shellWord(node)} -e ${shellWord("const [major, minor] = process.versions.node.split('.').map(Number); process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)")} 2>/dev/null`,
      `${node} is not Node.js 20.19 or newer`,
      "install it there, or correct gateway.node",
    ),
    check(
      `ip -oneline -4 address show | grep -qF ${shellWord(` inet ${boot.address}/`)}`,
      `it has no address ${boot.address}`,
      "correct services.boot.address in the inventory, or give the gateway that address",
    ),
    ...(dhcp
      ? [
          check(
            "[ -x /usr/sbin/dnsmasq ]",
            "there is no dnsmasq",
            "apt-get install --no-install-recommends dnsmasq-base",
          ),
          check(
            FIRMWARE_FILES.map((file) => `[ -f ${IPXE}/${file} ]`).join(" && "),
            "there are no boot programs of iPXE",
            "apt-get install --no-install-recommends ipxe",
          ),
          check(
            `ip link show dev ${shellWord(dhcp.interface)} >/dev/null 2>&1`,
            `it has no interface ${dhcp.interface}`,
            "correct gateway.dhcp.interface",
          ),
        ]
      : []),
    '[ "$bad" = 0 ] || exit 1',
    "set -e",
    ...folders.map(({ path, mode }) => `mkdir -p ${path} && chmod ${mode} ${path}`),
    "",
  ].join("\n");
}

/**
 * Sets the gateway up (POSIX shell, to be read from stdin: it holds secrets): files are replaced whole, units are
 * started anew only if what they read has changed, and the boot service has answered at the end. Idempotent.
 */
export function installScript(plan: GatewayPlan): string {
  const { files, units, programPath, url, options } = plan;
  const credentials = `${GATEWAY.config}/credentials.json`;
  const asks =
    "const { readFileSync } = require('node:fs');" +
    `const token = JSON.parse(readFileSync('${credentials}', 'utf8')).bootToken;` +
    `fetch('${url}/v1/images', { headers: { authorization: 'Bearer ' + token } })` +
    ".then(({ status }) => process.exit(status === 200 ? 0 : 1), () => process.exit(1))";
  return [
    "set -eu",
    "umask 077",
    'restart=" " reload=" "',
    "put() {",
    '  base64 -d >"$1.new" && chmod "$2" "$1.new"',
    '  if cmp -s "$1.new" "$1" && [ "0$(stat -c %a "$1")" = "$2" ]; then rm -f "$1.new"; return; fi',
    '  mv -f "$1.new" "$1"',
    '  if [ "$4" = restart ]; then restart="$restart$3 "; else reload="$reload$3 "; fi',
    "}",
    ...files.flatMap(({ path, mode, content, changes: { unit, by } }) => [
      `put ${path} ${mode} ${unit} ${by} <<'END'`,
      ...(Buffer.from(content)
        .toString("base64")
        .match(/.{1,76}/g) ?? []),
      "END",
    ]),
    ...(options.dhcp
      ? FIRMWARE_FILES.map((file) => `install -m 0644 ${IPXE}/${file} ${GATEWAY.tftp}/${file}`)
      : [
          `[ ! -f ${GATEWAY.units}/${DHCP_UNIT} ] || systemctl disable --now --quiet ${DHCP_UNIT}`,
          `rm -f ${GATEWAY.units}/${DHCP_UNIT}`,
        ]),
    "systemctl daemon-reload",
    `systemctl enable --quiet ${units.join(" ")}`,
    `for unit in ${units.join(" ")}; do`,
    '  case $restart in *" $unit "*) systemctl restart "$unit" && continue ;; esac',
    '  systemctl is-active --quiet "$unit" || { systemctl restart "$unit" && continue; }',
    '  case $reload in *" $unit "*) systemctl reload "$unit" ;; esac',
    "done",
    "left() {",
    '  echo "control gateway $(hostname): $1 does not run:" >&2',
    '  journalctl --unit "$1" --lines 20 --no-pager --output cat >&2 || :',
    "  exit 1",
    "}",
    `tries=0`,
    `until ${shellWord(options.node)} -e ${shellWord(asks)}; do`,
    "  tries=$((tries + 1))",
    `  [ "$tries" -lt ${ANSWERS_WITHIN} ] || left ${BOOT_UNIT}`,
    "  sleep 1",
    "done",
    ...(options.dhcp ? [`systemctl is-active --quiet ${DHCP_UNIT} || left ${DHCP_UNIT}`] : []),
    // What no unit names any more.
    `find ${GATEWAY.programs} -name 'boot-*.js' ! -path ${programPath} -delete`,
    `printf 'pin '; ${shellWord(options.node)} ${programPath} pin --certificate ${GATEWAY.state}/tls/boot.crt`,
    "",
  ].join("\n");
}

/** Takes the gateway's services down. What is known of machines, and the images, stay. */
export function removeScript({ units }: Pick<GatewayPlan, "units">): string {
  return [
    `systemctl disable --now --quiet ${units.join(" ")} || :`,
    `rm -f ${units.map((unit) => `${GATEWAY.units}/${unit}`).join(" ")} ${GATEWAY.config}/credentials.json ${GATEWAY.config}/dnsmasq.conf`,
    `rm -rf ${GATEWAY.programs}`,
    "systemctl daemon-reload",
  ].join("\n");
}
