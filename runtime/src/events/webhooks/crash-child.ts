// A process that sends what is due and dies at a crash point. Run by delivery.test.ts.

import { armCrash, newIds, pause, systemClock } from '../../kernel/index.ts';
import { createEgress } from '../../security/egress.ts';
import { connectTestDatabase } from '../../store/test-database.ts';
import { silent, testServices } from '../../test-services.ts';
import { createWebhookSender } from './sender.ts';

const [url = '', place = '', receiver = ''] = process.argv.slice(2);
const services = { ...testServices(connectTestDatabase(url)), clock: systemClock, ids: newIds(systemClock) };
armCrash(place);
createWebhookSender({ services, log: silent, egress: createEgress({ allowed: [receiver] }) }).poke();
await pause(20_000);
// Not reached when the point is.
process.exit(0);
