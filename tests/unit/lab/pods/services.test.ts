import assert from "node:assert/strict";
import type { EndpointSlice, Service } from "../../../../lab/pods/objects";
import { wantedServices } from "../../../../lab/pods/services";

function service(name: string, clusterIP: string, ports: Service["spec"]["ports"]): Service {
  return {
    metadata: { name, namespace: "ns", uid: name, resourceVersion: "1" },
    spec: { clusterIP, ...(ports ? { ports } : {}) },
  };
}

function slice(of: string, address: string, ready: boolean, port = 8443, name = ""): EndpointSlice {
  return {
    metadata: {
      name: `${of}-${address}`,
      namespace: "ns",
      uid: address,
      resourceVersion: "1",
      labels: { "kubernetes.io/service-name": of },
    },
    addressType: "IPv4",
    endpoints: [{ addresses: [address], conditions: { ready } }],
    ports: [{ name, port }],
  };
}

describe("what Services ask of loopback", () => {
  it("is a forwarder to every ready endpoint", () => {
    const { addresses, forwards } = wantedServices(
      [service("web", "10.72.0.9", [{ port: 443 }])],
      [slice("web", "10.71.0.1", true), slice("web", "10.71.0.2", false), slice("other", "10.71.0.3", true)],
    );
    assert.deepEqual([...addresses], ["10.72.0.9"]);
    assert.deepEqual(
      [...forwards.values()],
      [{ address: "10.72.0.9", port: 443, backends: [{ address: "10.71.0.1", port: 8443 }] }],
    );
  });

  it("is the address alone while no endpoint is ready, so that callers are refused at once", () => {
    const { addresses, forwards } = wantedServices(
      [service("web", "10.72.0.9", [{ port: 443 }])],
      [slice("web", "10.71.0.1", false)],
    );
    assert.deepEqual([addresses.size, forwards.size], [1, 0]);
  });

  it("follows named ports", () => {
    const two = [
      { name: "a", port: 1 },
      { name: "b", port: 2 },
    ];
    const { forwards } = wantedServices(
      [service("web", "10.72.0.9", two)],
      [slice("web", "10.71.0.1", true, 9, "b")],
    );
    assert.deepEqual([...forwards.keys()], ["10.72.0.9:2"]);
  });

  it("is nothing for headless Services, IPv6 and UDP", () => {
    const { addresses, forwards } = wantedServices(
      [
        service("headless", "None", [{ port: 1 }]),
        service("six", "fd00::1", [{ port: 1 }]),
        service("udp", "10.72.0.10", [{ port: 53, protocol: "UDP" }]),
      ],
      [slice("headless", "10.71.0.1", true), slice("udp", "10.71.0.1", true)],
    );
    assert.deepEqual([[...addresses], forwards.size], [["10.72.0.10"], 0]);
  });
});
