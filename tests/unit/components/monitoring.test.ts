import assert from "node:assert/strict";
import { parse } from "yaml";
import { Monitoring } from "../../../components/monitoring";
import { ledgerAlerts, ledgerDashboard } from "../../../components/plan/ledger-dashboard";
import { ledgerMetrics } from "../../../ledger/metrics";
import { declare } from "../../fixtures/pulumi-mocks";

/** Names of metrics in PromQL: words of ours, since functions and labels of PromQL do not begin so. */
const namesIn = (expr: string): string[] => expr.match(/\blectern_\w+/g) ?? [];

describe("Monitoring", () => {
  const served = (): Set<string> => {
    const registry = ledgerMetrics(() => ({ rows: new Map(), budgets: [], pending: 0, contact: 0, now: 0 }));
    return new Set(registry.getMetricsAsArray().map(({ name }) => name));
  };
  const queries = (): string[] => [
    ...ledgerDashboard().panels.flatMap((panel) => panel.targets.map(({ expr }) => expr)),
    ...ledgerDashboard().templating.list.flatMap(({ query }) =>
      typeof query === "string" ? [] : [query.query],
    ),
    ...ledgerAlerts().groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
  ];

  it("asks for nothing that the recorder does not serve", () => {
    const known = served();
    const wanted = queries().filter((q) => q !== "prometheus");
    assert.ok(wanted.length >= 15);
    for (const expr of wanted) {
      const names = namesIn(expr);
      assert.ok(names.length > 0, `${expr} names no metric`);
      for (const name of names) assert.ok(known.has(name), `${name} is not served`);
    }
  });

  it("shows everything that the recorder serves", () => {
    const shown = new Set(queries().flatMap(namesIn));
    assert.deepEqual(
      [...served()].filter((name) => !shown.has(name)),
      [],
    );
  });

  it("places its panels beside one another, none over another", () => {
    const taken = new Set<string>();
    for (const { gridPos } of ledgerDashboard().panels) {
      assert.ok(gridPos.x + gridPos.w <= 24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        const cell = `${x}/${gridPos.y}`;
        assert.ok(!taken.has(cell), cell);
        taken.add(cell);
      }
    }
  });

  it("lets the recorder do what it does and no more: no secrets, nothing made but events, nothing deleted", async () => {
    const declared = await declare(() => new Monitoring("monitoring", {}));
    const role = declared.one("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "monitoring-ledger");
    const rules = role.inputs["rules"] as { resources: string[]; verbs: string[] }[];
    const may = rules.flatMap(({ resources, verbs }) =>
      resources.flatMap((r) => verbs.map((v) => `${v} ${r}`)),
    );
    assert.ok(!may.some((each) => /secrets|\*|delete|update/.test(each)), may.join());
    assert.deepEqual(
      may.filter((each) => !/^(get|list|watch) /.test(each)),
      ["patch pods", "patch namespaces", "create events"],
    );
    const binding = declared.one(
      "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
      "monitoring-ledger",
    );
    assert.deepEqual(
      (binding.inputs["subjects"] as { kind: string; name: string }[]).map(({ kind, name }) => [kind, name]),
      [
        ["User", "lectern-ledger"],
        ["ServiceAccount", "lectern-ledger"],
      ],
    );
  });

  it("declares both where a monitoring stack finds them", async () => {
    const declared = await declare(() => new Monitoring("monitoring", {}));
    const { inputs } = declared.one("kubernetes:core/v1:ConfigMap", "monitoring-dashboards");
    const data = inputs["data"] as Record<string, string>;
    assert.deepEqual(
      JSON.parse(data["lectern-ledger.json"] ?? ""),
      JSON.parse(JSON.stringify(ledgerDashboard())),
    );
    assert.deepEqual((inputs["metadata"] as { labels: object }).labels, { grafana_dashboard: "1" });
    const alerts = declared.one("kubernetes:core/v1:ConfigMap", "monitoring-alerts").inputs["data"];
    assert.deepEqual(parse((alerts as Record<string, string>)["lectern-ledger.yaml"] ?? ""), ledgerAlerts());
  });
});
