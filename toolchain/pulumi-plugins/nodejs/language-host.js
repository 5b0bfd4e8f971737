"use strict";
// Few modules: the engine waits for this program, twice in an update, before it does anything else.

const { readFileSync } = require("node:fs");
const { dirname, join } = require("node:path");
const { Server, ServerCredentials, status } = require("@grpc/grpc-js");
const { Empty } = require("google-protobuf/google/protobuf/empty_pb");
const { LanguageRuntimeService } = require("@pulumi/pulumi/proto/language_grpc_pb");
const pb = require("@pulumi/pulumi/proto/language_pb");
const { PackageDependency, PluginDependency, PluginInfo } = require("@pulumi/pulumi/proto/plugin_pb");
const { Children } = require("./children");
const { directDependencies, pulumiPlugins } = require("./packages");
const { programCommand, pluginCommand } = require("./commands");

/** Exit status of a program that has shown its error already (@pulumi/pulumi/cmd/run/index.ts). */
const BAIL = 32;
const children = new Children();
let engineAddress = process.argv.slice(2).find((argument) => !argument.startsWith("-")) ?? "";

const handlers = {
  handshake: answer((request) => {
    engineAddress = request.getEngineAddress() || engineAddress;
    return new pb.LanguageHandshakeResponse();
  }),
  getPluginInfo: answer(() => new PluginInfo().setVersion(sdkVersion())),
  getRequiredPackages: answer((request) =>
    new pb.GetRequiredPackagesResponse().setPackagesList(
      requiredPlugins(request.getInfo()).map(({ name, version, server }) =>
        new PackageDependency().setName(name).setKind("resource").setVersion(version).setServer(server),
      ),
    ),
  ),
  getRequiredPlugins: answer((request) =>
    new pb.GetRequiredPluginsResponse().setPluginsList(
      requiredPlugins(request.getInfo()).map(({ name, version, server }) =>
        new PluginDependency().setName(name).setKind("resource").setVersion(version).setServer(server),
      ),
    ),
  ),
  run: answer(async (request, call) => {
    const { code, signal, error } = await children.run(programCommand(request, engineAddress), call);
    const response = new pb.RunResponse();
    if (error) return response.setError(error);
    if (code === 0) return response;
    if (code === BAIL) return response.setBail(true);
    return response.setError(
      signal ? `Program was ended by ${signal}` : `Program exited with non-zero exit code: ${code}`,
    );
  }),
  runPlugin: async (call) => {
    const send = (fill) => call.write(fill(new pb.RunPluginResponse()));
    try {
      const { code, error } = await children.run(pluginCommand(call.request, engineAddress), call, {
        stdout: (data) => send((response) => response.setStdout(data)),
        stderr: (data) => send((response) => response.setStderr(data)),
      });
      if (error) send((response) => response.setStderr(Buffer.from(`${error}\n`)));
      send((response) => response.setExitcode(code ?? 1));
    } catch (error) {
      send((response) => response.setStderr(Buffer.from(`${error.message}\n`)));
      send((response) => response.setExitcode(1));
    }
    call.end();
  },
  about: answer(() => {
    const response = new pb.AboutResponse().setExecutable(process.execPath).setVersion(process.version);
    response.getMetadataMap().set("sdk", sdkVersion());
    return response;
  }),
  getProgramDependencies: answer((request) =>
    new pb.GetProgramDependenciesResponse().setDependenciesList(
      directDependencies(request.getInfo().getProgramDirectory()).map(({ name, version }) =>
        new pb.DependencyInfo().setName(name).setVersion(version),
      ),
    ),
  ),
  installDependencies: async (call) => {
    const send = (fill) => call.write(fill(new pb.InstallDependenciesResponse()));
    const { code, error } = await children.run(
      { command: "npm", args: ["install"], cwd: call.request.getDirectory(), env: process.env },
      call,
      {
        stdout: (data) => send((response) => response.setStdout(data)),
        stderr: (data) => send((response) => response.setStderr(data)),
      },
    );
    if (code === 0) call.end();
    else call.emit("error", { code: status.UNKNOWN, details: error ?? `npm install ended with ${code}` });
  },
  runtimeOptionsPrompts: answer(() => new pb.RuntimeOptionsResponse()),
  cancel: answer(() => {
    children.stopAll();
    return new Empty();
  }),
};

/** A unary gRPC handler from a function; what it throws becomes the error of the call. */
function answer(handler) {
  return (call, callback) => {
    Promise.resolve()
      .then(() => handler(call.request, call))
      .then(
        (response) => callback(null, response),
        (error) => callback({ code: status.UNKNOWN, details: error.message }),
      );
  };
}

function requiredPlugins(info) {
  return pulumiPlugins(info.getProgramDirectory());
}

function sdkVersion() {
  const file = join(dirname(require.resolve("@pulumi/pulumi/package.json")), "package.json");
  return JSON.parse(readFileSync(file, "utf8")).version;
}

/** @param {(...calls: string[]) => void} ended told of the calls that were asked for, at the end */
function serve(ended) {
  const server = new Server({
    "grpc.max_receive_message_length": 400 * 1024 * 1024,
    "grpc.max_send_message_length": 400 * 1024 * 1024,
  });
  const calls = new Set();
  const noted = Object.entries(handlers).map(([name, handler]) => [
    name,
    (...args) => (calls.add(name), handler(...args)),
  ]);
  server.addService(LanguageRuntimeService, Object.fromEntries(noted));
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    children.stopWithParent();
    process.once("exit", () => ended(...calls));
    process.stdout.write(`${port}\n`);
  });
}

module.exports = { serve };
