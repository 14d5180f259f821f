import {
  type Capability,
  type Db,
  defineCapability,
  fromWireId,
  open,
  reaction,
  read,
  toWireId,
  write,
} from '@plinth/runtime';
import { getConversation } from './handlers/get-conversation.ts';
import { listConversations } from './handlers/list-conversations.ts';
import { listSkills } from './handlers/list-skills.ts';
import { requestHandover } from './handlers/request-handover.ts';
import { returnControl } from './handlers/return-control.ts';
import { sendStaffMessage } from './handlers/send-staff-message.ts';
import { sendTurn } from './handlers/send-turn.ts';
import { startConversation } from './handlers/start-conversation.ts';
import { takeControl } from './handlers/take-control.ts';
import { invariants } from './invariants.ts';
import * as assistant0001 from './migrations/0001-assistant.ts';
import type { AssistantPorts } from './ports.ts';
import { onTicketOpened, onTicketReplied, onTicketResolved } from './reactions/on-ticket.ts';
import { skillSource } from './skills.ts';
import { assistantDb } from './tables.ts';

export type { AssistantAnswer, AssistantCall, AssistantPorts, Dialogue } from './ports.ts';

/** The assistant over the contracts and the edge of this server. */
export function createAssistant(ports: AssistantPorts): Capability {
  const skills = skillSource(() => ports.contracts());
  return defineCapability({
    name: 'assistant',
    folder: import.meta.dirname,
    handlers: {
      listConversations: read(listConversations),
      startConversation: open(startConversation(skills, ports.brand ?? 'Northfold')),
      getConversation: read(getConversation),
      sendTurn: open(sendTurn(skills, ports)),
      requestHandover: write(requestHandover),
      takeControl: write(takeControl),
      returnControl: write(returnControl),
      sendStaffMessage: write(sendStaffMessage),
      listSkills: read(listSkills(skills)),
    },
    reactions: [
      reaction('assistant.on-ticket-opened', 'ticket.opened', onTicketOpened),
      reaction('assistant.on-ticket-replied', 'ticket.replied', onTicketReplied),
      reaction('assistant.on-ticket-resolved', 'ticket.resolved', onTicketResolved),
    ],
    owners: { conversation: ownersOfConversations },
    migrations: { '0001-assistant': assistant0001 },
    invariants,
  });
}

async function ownersOfConversations(ids: readonly string[], db: Db): Promise<Map<string, readonly string[]>> {
  const uuids = ids.flatMap((id) => fromWireId('cnv', id) ?? []);
  if (uuids.length === 0) return new Map();
  const rows = await assistantDb(db)
    .selectFrom('conversations')
    .select(['id', 'customerId'])
    .where('id', 'in', uuids)
    .execute();
  return new Map(rows.map((row) => [toWireId('cnv', row.id), [row.customerId]]));
}
