import { describe, expect, it } from 'vitest';
import { checkArchitecture } from './architecture.ts';
import { readSource, sourceFiles } from './source.ts';

describe('the import table', () => {
  it('holds for every source file', () => {
    const check = checkArchitecture(sourceFiles());
    expect(check.violations).toEqual([]);
    // A check that sees nothing would pass too.
    expect(check.files).toBeGreaterThan(100);
    expect(check.edges).toBeGreaterThan(300);
  });

  const planted: readonly [file: string, text: string, says: string][] = [
    ['capabilities/orders/handlers/x.ts', "import { a } from '../../payments/payment.ts';", 'never import one another'],
    [
      'capabilities/orders/handlers/x.ts',
      "import { a } from '@plinth/capabilities/payments';",
      'never import one another',
    ],
    ['capabilities/orders/x.ts', "import { post } from '../ledger/book.ts';", 'never import one another'],
    ['capabilities/orders/x.ts', "import { a } from '@plinth/runtime/pipeline';", 'may import'],
    ['capabilities/orders/x.ts', "import { a } from '@plinth/runtime/pipeline/storeless';", 'may import'],
    ['capabilities/orders/x.ts', "import { a } from '@plinth/decisions';", 'may import'],
    ['contract/src/x.ts', "import { a } from '@plinth/runtime';", 'may import'],
    ['contract/src/x.ts', "import { a } from '../../runtime/src/index.ts';", 'by path'],
    ['client/src/x.ts', "import { a } from '@plinth/contract';", 'may import'],
    ['channels/portal/src/x.ts', "export { a } from '@plinth/runtime';", 'may import'],
    ['adapters/oidc/x.ts', "import { a } from '../postgres/index.ts';", 'never import one another'],
    ['runtime/src/kernel/x.ts', "import { a } from '../ports/index.ts';", 'may import'],
    ['runtime/src/events/x.ts', "const x = await import('../pipeline/edge.ts');", 'may import'],
    ['capabilities/partners/x.ts', "await fetch('https://example.com');", 'guarded client'],
    ['runtime/src/events/x.ts', "import { request as ask } from 'node:https';", 'guarded client'],
    ['server/src/x.ts', "import { createServer, connect } from 'node:net';", 'guarded client'],
    ['server/src/x.ts', "import http from 'node:http';", 'guarded client'],
    ['runtime/src/kernel/x.ts', "import _ from 'lodash';", 'does not list'],
  ];
  it.each(planted)('catches a planted violation in %s: %s', (file, text, says) => {
    const { violations } = checkArchitecture([readSource(file, text)]);
    expect(violations.map((entry) => entry.message).join()).toContain(says);
  });

  it('lets accounts use the ledger library', () => {
    const { violations } = checkArchitecture([
      readSource('capabilities/accounts/x.ts', "import { a } from '../ledger/book.ts';"),
    ]);
    expect(violations).toEqual([]);
  });
});
