// Deliveries over real connections, with senders that are killed: at least once, always under the same id.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newIds, systemClock } from '../../kernel/index.ts';
import { createEgress } from '../../security/egress.ts';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import { silent, testServices } from '../../test-services.ts';
import { createWebhookSender } from './sender.ts';
import { addTarget, enqueueDelivery } from './targets.ts';

let database: TestDatabase;
let receiver: Server;
const arrived: { headers: Record<string, string>; body: string }[] = [];

beforeAll(async () => {
  database = await openTestDatabase();
  receiver = createServer((request, response) => {
    void text(request).then((body) => {
      arrived.push({ headers: request.headers as Record<string, string>, body });
      return response.end('thanks');
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await database.close();
});

it('a sender that is killed after sending sends again with the same id; one killed after recording does not', async () => {
  const { port } = receiver.address() as AddressInfo;
  const services = { ...testServices(database), clock: systemClock, ids: newIds(systemClock) };
  const targetId = services.ids.uuid();
  const secret = await database.transaction((tx) =>
    addTarget(tx, { id: targetId, owner: 'app_1', url: `http://127.0.0.1:${port}/hook`, now: systemClock.now() }),
  );
  const send = (eventId: string) =>
    database.transaction((tx) =>
      enqueueDelivery(tx, {
        id: services.ids.uuid(),
        targetId,
        eventId,
        eventType: 'order.placed',
        mediaType: 'application/cloudevents+json',
        body: JSON.stringify({ id: eventId }),
        now: systemClock.now(),
      }),
    );
  const killed = async (place: string): Promise<void> => {
    const child = fork(new URL('crash-child.ts', import.meta.url), [database.url, place, `127.0.0.1:${port}`], {
      stdio: 'ignore',
    });
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
  };
  await send('evt_sent');
  await killed('webhook.sent');
  const states = () => database.rows('select event_id, state, tries from runtime.webhook_delivery order by ordinal');
  // It was sent, and nothing tells of it.
  expect(arrived).toHaveLength(1);
  expect(await states()).toEqual([{ event_id: 'evt_sent', state: 'pending', tries: 0 }]);
  await send('evt_recorded');
  await killed('webhook.recorded');
  const heir = createWebhookSender({ services, log: silent, egress: createEgress({ allowed: [`127.0.0.1:${port}`] }) });
  // As if the lease of the dead sender were over.
  await database.rows(`update runtime.webhook_delivery set lease_until = now() where state = 'pending'`);
  await heir.settled();
  await heir.close();
  expect(await states()).toEqual([
    { event_id: 'evt_sent', state: 'delivered', tries: 1 },
    { event_id: 'evt_recorded', state: 'delivered', tries: 1 },
  ]);
  expect(arrived.map(({ headers }) => headers['webhook-id'])).toEqual(['evt_sent', 'evt_recorded', 'evt_sent']);
  for (const { headers, body } of arrived)
    expect(new Webhook(secret).verify(body, headers)).toEqual({ id: headers['webhook-id'] });
}, 60_000);
