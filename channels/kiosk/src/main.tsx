import '@plinth/channels-ui/styles.css';
import { mountApp } from '@plinth/channels-ui';
import { endVisit } from './device.ts';
import { Kiosk } from './kiosk.tsx';

// A page loaded anew during somebody's visit belongs to nobody.
await endVisit().catch(() => undefined);
mountApp({ name: 'kiosk', channel: 'kiosk', content: <Kiosk /> });
