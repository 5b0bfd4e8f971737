import { METRICS } from "../../ledger/metrics";
import { WARN_AT } from "../../ledger/usage";

/** Seconds without a sign from the API server after which the recorder counts as behind: bookmarks come once a minute. */
export const BEHIND_SECONDS = 180;

interface PanelSpec {
  readonly title: string;
  readonly type: "timeseries" | "bargauge" | "stat" | "table";
  /** PromQL, with what each line is called. */
  readonly queries: readonly { readonly expr: string; readonly legend: string }[];
  readonly unit?: "h" | "s" | "percentunit" | "short";
  /** Of 24 columns. */
  readonly width: number;
}

const COURSE = '{course=~"$course"}';
const PANELS: readonly PanelSpec[] = [
  {
    title: "GPUs held, by course",
    type: "timeseries",
    queries: [{ expr: `sum by (course) (${METRICS.held}${COURSE})`, legend: "{{course}}" }],
    unit: "short",
    width: 12,
  },
  {
    title: "GPUs held, by model",
    type: "timeseries",
    queries: [{ expr: `sum by (model, kind) (${METRICS.held}${COURSE})`, legend: "{{model}} {{kind}}" }],
    unit: "short",
    width: 12,
  },
  {
    title: "Part of the GPU hours that is used",
    type: "bargauge",
    queries: [{ expr: `${METRICS.used}${COURSE} / ${METRICS.budget}${COURSE}`, legend: "{{course}}" }],
    unit: "percentunit",
    width: 8,
  },
  {
    title: "GPU hours left",
    type: "bargauge",
    queries: [{ expr: `${METRICS.left}${COURSE}`, legend: "{{course}}" }],
    unit: "h",
    width: 8,
  },
  {
    title: "GPU hours a day",
    type: "timeseries",
    queries: [{ expr: `delta(${METRICS.used}${COURSE}[1d])`, legend: "{{course}}" }],
    unit: "h",
    width: 8,
  },
  {
    title: "Students with the most GPU hours",
    type: "table",
    queries: [{ expr: `topk(20, ${METRICS.student}${COURSE})`, legend: "{{course}} {{student}}" }],
    unit: "h",
    width: 12,
  },
  {
    title: "Recorder",
    type: "stat",
    queries: [
      { expr: `time() - ${METRICS.contact}`, legend: "seconds since its last contact" },
      { expr: METRICS.pending, legend: "pods that wait" },
      { expr: METRICS.open, legend: "rows that are open" },
      { expr: METRICS.rows, legend: "rows" },
      { expr: METRICS.estimated, legend: "rows with an estimate" },
    ],
    unit: "short",
    width: 12,
  },
];

/** The dashboard of the ledger (Grafana dashboard JSON, schema 39); its data source is the variable `source`. Pure. */
export function ledgerDashboard() {
  const datasource = { type: "prometheus", uid: "${source}" };
  const height = 8;
  let [x, y] = [0, 0];
  const panels = PANELS.map(({ title, type, queries, unit = "short", width }, i) => {
    if (x + width > 24) [x, y] = [0, y + height];
    const gridPos = { x, y, w: width, h: height };
    x += width;
    const thresholds = {
      mode: "absolute",
      steps: [
        { color: "green", value: null },
        ...(unit === "percentunit"
          ? [
              { color: "orange", value: WARN_AT },
              { color: "red", value: 1 },
            ]
          : []),
      ],
    };
    return {
      id: i + 1,
      title,
      type,
      datasource,
      gridPos,
      targets: queries.map(({ expr, legend }, j) => ({
        refId: String.fromCharCode(65 + j),
        datasource,
        expr,
        legendFormat: legend,
        ...(type === "timeseries" ? {} : { instant: true }),
        ...(type === "table" ? { format: "table" } : {}),
      })),
      fieldConfig: { defaults: { unit, min: 0, thresholds }, overrides: [] },
      options: {},
    };
  });
  return {
    uid: "lectern-ledger",
    title: "Lectern: GPUs of courses",
    tags: ["lectern"],
    schemaVersion: 39,
    version: 1,
    editable: false,
    timezone: "browser",
    time: { from: "now-7d", to: "now" },
    refresh: "1m",
    templating: {
      list: [
        { name: "source", label: "Data source", type: "datasource", query: "prometheus", current: {} },
        {
          name: "course",
          label: "Course",
          type: "query",
          datasource,
          query: { query: `label_values(${METRICS.used}, course)`, refId: "course" },
          includeAll: true,
          multi: true,
          refresh: 2,
          sort: 1,
          current: { text: "All", value: "$__all" },
        },
      ],
    },
    panels,
  };
}

/** Alerts of the ledger, as a file of rules for Prometheus. Pure. */
export function ledgerAlerts() {
  const part = `${METRICS.used} / ${METRICS.budget}`;
  const rule = (alert: string, expr: string, severity: string, summary: string, wait = "1m") => ({
    alert,
    expr,
    for: wait,
    labels: { severity },
    annotations: { summary },
  });
  return {
    groups: [
      {
        name: "lectern-ledger",
        rules: [
          rule(
            "CourseGpuHoursLow",
            `${part} >= ${WARN_AT} and ${part} < 1`,
            "warning",
            "Course {{ $labels.course }} has used {{ $value | humanizePercentage }} of its GPU hours",
          ),
          rule(
            "CourseGpuHoursSpent",
            `${part} >= 1`,
            "warning",
            "Course {{ $labels.course }} has spent its GPU hours: new GPU pods are refused",
          ),
          rule(
            "LedgerBehind",
            `time() - ${METRICS.contact} > ${BEHIND_SECONDS} or absent(${METRICS.contact})`,
            "critical",
            "The ledger's recorder has not heard of the API server: finished pods with GPUs stay until it has",
          ),
          rule(
            "LedgerPodsWait",
            `${METRICS.pending} > 0`,
            "critical",
            "{{ $value }} pods wait for the ledger's recorder",
            "10m",
          ),
          rule(
            "LedgerEstimates",
            `increase(${METRICS.estimated}[1h]) > 0`,
            "warning",
            "Pods went unseen by the ledger: their rows end with an estimate",
            "0m",
          ),
        ],
      },
    ],
  };
}
