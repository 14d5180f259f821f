// docs/reference/telemetry.md, from the tables that the code is held to.

import { logFields } from '../runtime/src/telemetry/log-fields.ts';
import { type MetricEntry, metricTable, prometheusName } from '../runtime/src/telemetry/metric-table.ts';

export function telemetryReference(): string {
  const metrics = Object.entries<MetricEntry>(metricTable).map(([name, entry]) => {
    const labels = entry.labels.map((label) => `\`${label}\``).join(', ');
    return row(
      `\`${name}\``,
      `\`${prometheusName(name, entry)}\``,
      entry.kind,
      `\`${entry.unit}\``,
      labels,
      entry.help,
    );
  });
  const fields = Object.entries(logFields).map(([name, meaning]) => row(`\`${name}\``, meaning));
  return [
    '<!-- Made from runtime/src/telemetry/: npm run generate -->',
    '# Metrics and log fields',
    '',
    'What a running platform tells, and nothing else: code cannot use a name that is not here. How to read it:',
    '[operating](../guides/operate.md).',
    '',
    '## Metrics',
    '',
    'Under their names to OpenTelemetry, in `/metrics` as the second column says; there labels have `_` for `.`. Labels come',
    'from contracts and configuration, never from callers.',
    '',
    row('Metric', 'In `/metrics`', 'Kind', 'Unit', 'Labels', 'Says'),
    row('---', '---', '---', '---', '---', '---'),
    ...metrics,
    '',
    '## Log fields',
    '',
    'Every line has `level`, `time` and `msg`, and of these what is known. A field that is not listed is left out.',
    '',
    row('Field', 'Is'),
    row('---', '---'),
    ...fields,
    '',
  ].join('\n');
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
