import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ImageSet } from "../bare-metal/boot/images";
import { GATEWAY, type GatewayOptions, planGateway } from "../bare-metal/gateway/plan";
import type { GatewayProgram } from "../bare-metal/gateway/program";
import { installScript, prepareScript, removeScript } from "../bare-metal/gateway/script";

/** A built node image (images/node), as far as the boot service serves it. */
export interface GatewayImage {
  /** Default: what all machines boot that are not given another one. */
  readonly name?: string | undefined;
  readonly set: ImageSet;
  /** File of this machine by the digest that it has. */
  readonly files: Readonly<Record<string, string>>;
}

export interface ControlGatewayArgs {
  /** How the gateway is reached over SSH, as root. */
  readonly connection: pulumi.Input<command.types.input.remote.ConnectionArgs>;
  readonly boot: GatewayOptions["boot"];
  /** The administrator's token of the boot service. A secret. */
  readonly token: string;
  /** Default: no DHCP of ours. */
  readonly dhcp?: GatewayOptions["dhcp"];
  /** One without a name, and others with. */
  readonly images: readonly GatewayImage[];
  /** The boot service as one file. */
  readonly program: GatewayProgram;
  /** Node.js there. Default: `/usr/bin/node`. */
  readonly node?: string | undefined;
}

/** The site's machine beside the servers, with the boot service and its DHCP as systemd's units, set up over SSH. */
export class ControlGateway extends pulumi.ComponentResource {
  /** The boot service over TLS, once it answers. */
  readonly url: pulumi.Output<string>;
  /** Pin of its key. */
  readonly pin: pulumi.Output<string>;

  constructor(name: string, args: ControlGatewayArgs, options?: pulumi.ComponentResourceOptions) {
    super("lectern:index:ControlGateway", name, {}, options);
    const { connection, boot, token, dhcp, images, program, node = "/usr/bin/node" } = args;
    const own = images.find((image) => image.name === undefined)?.set;
    if (!own) throw new Error("images: one without a name is what all machines boot");
    const named = images.flatMap((image) =>
      image.name === undefined ? [] : [[image.name, image.set] as const],
    );
    const plan = planGateway({
      ...{ boot, token, node, program: program.sha256 },
      ...(dhcp && { dhcp }),
      images: { own, named: Object.fromEntries(named) },
    });
    const shell = { create: "sh -s", connection };
    const prepared = new command.remote.Command(
      `${name}-prepare`,
      { ...shell, stdin: prepareScript(plan) },
      { parent: this },
    );
    const copy = (what: string, from: string, to: string, digest: string) =>
      new command.remote.CopyToRemote(
        `${name}-${what}`,
        { connection, source: new pulumi.asset.FileAsset(from), remotePath: to, triggers: [digest] },
        { parent: this, dependsOn: [prepared] },
      );
    const files = new Map(images.flatMap((image) => Object.entries(image.files)));
    const copied = [
      copy("program", program.path, plan.programPath, program.sha256),
      ...[...files].map(([sha256, file]) =>
        copy(`image-${sha256.slice(0, 12)}`, file, `${GATEWAY.images}/${sha256}`, sha256),
      ),
    ];
    const installed = new command.remote.Command(
      `${name}-install`,
      {
        ...shell,
        // It holds the boot service's token.
        stdin: pulumi.secret(installScript(plan)),
        delete: removeScript(plan),
      },
      { parent: this, dependsOn: [prepared, ...copied] },
    );
    // What it prints comes of a script with secrets, and is none.
    const printed = pulumi.unsecret(installed.stdout);
    this.url = printed.apply(() => plan.secureUrl);
    this.pin = printed.apply(readPin);
    this.registerOutputs({ url: this.url, pin: this.pin });
  }
}

function readPin(printed: string): string {
  const pin = /^pin (sha256\/\/\S+)$/m.exec(printed)?.[1];
  if (pin === undefined) throw new Error(`the gateway told no pin of its key: ${printed.slice(0, 200)}`);
  return pin;
}
