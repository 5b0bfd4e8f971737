import { celTexts } from "../cel";
import { everyContainer, everyPod } from "../requirement";
import type { Rule } from "../rule";
import { ALL, celContainersOf, containersOf, type PodSpec, WORKLOADS } from "../workloads";
import { deployment, goodContainer, goodPod, pod, volcanoJob } from "./examples";
import { podSecurity } from "./sources";

const CONFINED = ["RuntimeDefault", "Localhost"];
const SELINUX_TYPES = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
/** Of `restricted`: they stay inside the pod. */
const SYSCTLS = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_wmem",
];

type Context = PodSpec["securityContext"];
const confined = (context: Context) => CONFINED.includes(context?.seccompProfile?.type ?? "");
const unlabelled = (context: Context) => {
  const { type = "", user = "", role = "" } = context?.seLinuxOptions ?? {};
  return SELINUX_TYPES.includes(type) && user === "" && role === "";
};
const armoured = (context: Context) => context?.appArmorProfile?.type !== "Unconfined";

const celSeccomp = (of: string) => `has(${of}.securityContext) && has(${of}.securityContext.seccompProfile)`;
const celSeLinux = (of: string) => {
  const at = `${of}.securityContext.seLinuxOptions`;
  return (
    `!has(${of}.securityContext) || !has(${at}) || ((!has(${at}.type) || ${at}.type in ${celTexts(SELINUX_TYPES)}) && ` +
    `(!has(${at}.user) || ${at}.user == '') && (!has(${at}.role) || ${at}.role == ''))`
  );
};
const celArmour = (of: string) =>
  `!has(${of}.securityContext) || !has(${of}.securityContext.appArmorProfile) || ` +
  `${of}.securityContext.appArmorProfile.type != 'Unconfined'`;

const context = (securityContext: Context): PodSpec => ({
  securityContext: { ...goodPod.securityContext, ...securityContext },
});
const container = (securityContext: Context) => ({
  ...goodContainer,
  securityContext: { ...goodContainer.securityContext, ...securityContext },
});
const silent: PodSpec = { securityContext: { runAsNonRoot: true } };
const LEAVE_OUT = "leave it out";

export const confinement: Rule = {
  name: "confinement",
  purpose: "The kernel's confinement of containers (seccomp, AppArmor, SELinux, sysctls) stays in place.",
  level: "mandatory",
  stops: podSecurity(
    "Without its filter of system calls a container reaches the kernel's rarely tested parts.",
  ),
  kinds: WORKLOADS,
  podSecurity: true,
  requirements: [
    everyPod({
      path: "spec.securityContext.seccompProfile",
      holds: (value) =>
        containersOf({ path: "", value }, ALL).every(({ value: c }) =>
          c.securityContext?.seccompProfile === undefined
            ? confined(value.spec?.securityContext)
            : confined(c.securityContext),
        ),
      cel:
        `${celContainersOf(ALL)}.all(c, ${celSeccomp("c")} ? c.securityContext.seccompProfile.type in ${celTexts(CONFINED)} : ` +
        `(${celSeccomp("p.spec")} && p.spec.securityContext.seccompProfile.type in ${celTexts(CONFINED)}))`,
      problem: "a container's system calls are not filtered",
      fix: "set securityContext.seccompProfile: {type: RuntimeDefault} on the pod",
    }),
    everyPod({
      path: "spec.securityContext.appArmorProfile",
      holds: ({ spec }) => armoured(spec?.securityContext),
      cel: celArmour("p.spec"),
      problem: "the pod leaves AppArmor",
      fix: LEAVE_OUT,
    }),
    everyContainer({
      path: "securityContext.appArmorProfile",
      holds: ({ securityContext }) => armoured(securityContext),
      cel: celArmour("c"),
      problem: "the container leaves AppArmor",
      fix: LEAVE_OUT,
    }),
    everyPod({
      path: "spec.securityContext.seLinuxOptions",
      holds: ({ spec }) => unlabelled(spec?.securityContext),
      cel: celSeLinux("p.spec"),
      problem: "the pod takes an SELinux label of its own",
      fix: LEAVE_OUT,
    }),
    everyContainer({
      path: "securityContext.seLinuxOptions",
      holds: ({ securityContext }) => unlabelled(securityContext),
      cel: celSeLinux("c"),
      problem: "the container takes an SELinux label of its own",
      fix: LEAVE_OUT,
    }),
    everyPod({
      path: "spec.securityContext.sysctls",
      holds: ({ spec }) => (spec?.securityContext?.sysctls ?? []).every(({ name }) => SYSCTLS.includes(name)),
      cel:
        "!has(p.spec.securityContext) || !has(p.spec.securityContext.sysctls) || " +
        `p.spec.securityContext.sysctls.all(y, y.name in ${celTexts(SYSCTLS)})`,
      problem: "the pod changes settings of the machine's kernel",
      fix: "use none but Kubernetes' safe sysctls",
    }),
  ],
  keeps: [
    { title: "the runtime's filter", objects: [pod()] },
    {
      title: "said for the container alone",
      objects: [pod(silent, container({ seccompProfile: { type: "RuntimeDefault" } }))],
    },
    {
      title: "a profile of the machine",
      objects: [
        deployment(
          goodContainer,
          context({ seccompProfile: { type: "Localhost", localhostProfile: "a" } as never }),
        ),
      ],
    },
    {
      title: "labels and settings that are harmless",
      objects: [
        deployment(
          container({ seLinuxOptions: { type: "container_t" }, appArmorProfile: { type: "RuntimeDefault" } }),
          context({
            seLinuxOptions: { type: "container_init_t" },
            appArmorProfile: { type: "RuntimeDefault" },
            sysctls: [{ name: "net.ipv4.tcp_syncookies", value: "1" } as never],
          }),
        ),
      ],
    },
    { title: "a gang job", objects: [volcanoJob()] },
  ],
  breaks: [
    { title: "nothing said", objects: [pod(silent)] },
    { title: "no filter", objects: [pod(context({ seccompProfile: { type: "Unconfined" } }))] },
    {
      title: "no filter for one container",
      objects: [pod({}, container({ seccompProfile: { type: "Unconfined" } }))],
    },
    { title: "a gang job that says nothing", objects: [volcanoJob(goodContainer, {}, silent)] },
    {
      title: "no filter for a first container",
      objects: [
        pod({
          initContainers: [{ ...container({ seccompProfile: { type: "Unconfined" } }), name: "first" }],
        }),
      ],
    },
    { title: "a pod out of AppArmor", objects: [pod(context({ appArmorProfile: { type: "Unconfined" } }))] },
    {
      title: "a container out of AppArmor",
      objects: [pod({}, container({ appArmorProfile: { type: "Unconfined" } }))],
    },
    {
      title: "a pod's SELinux type",
      objects: [deployment(goodContainer, context({ seLinuxOptions: { type: "spc_t" } }))],
    },
    {
      title: "a pod's SELinux user",
      objects: [deployment(goodContainer, context({ seLinuxOptions: { user: "system_u" } }))],
    },
    {
      title: "a pod's SELinux role",
      objects: [deployment(goodContainer, context({ seLinuxOptions: { role: "sysadm_r" } }))],
    },
    {
      title: "a container's SELinux type",
      objects: [deployment(container({ seLinuxOptions: { type: "spc_t" } }))],
    },
    {
      title: "a container's SELinux user",
      objects: [deployment(container({ seLinuxOptions: { user: "system_u" } }))],
    },
    {
      title: "a container's SELinux role",
      objects: [deployment(container({ seLinuxOptions: { role: "sysadm_r" } }))],
    },
    {
      title: "a setting of the kernel",
      objects: [
        deployment(goodContainer, context({ sysctls: [{ name: "kernel.msgmax", value: "65536" } as never] })),
      ],
    },
  ],
};
