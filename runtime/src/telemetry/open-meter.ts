// Where figures go besides `/metrics`: to OpenTelemetry, which does nothing until the operator registers an SDK.

import { metrics, type Meter } from '@opentelemetry/api';

export function openMeter(): Meter {
  return metrics.getMeter('plinth');
}
