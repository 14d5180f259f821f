// Writes `src/tokens.css` out of the tokens: `node channels/ui/print-tokens.ts`.

import { writeFileSync } from 'node:fs';
import { stylesheet } from './src/tokens/stylesheet.ts';

writeFileSync(new URL('src/tokens.css', import.meta.url), stylesheet());
