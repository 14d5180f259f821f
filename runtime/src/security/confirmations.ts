// Confirmations: software acting for a customer executes exactly the call the customer was read, at most once.
// A record binds customer, software, operation, contract, arguments and Idempotency-Key. States:
// readBack → confirmed → used, or void; past its end it is expired whatever its state says. The id is stored hashed.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { sql } from 'kysely';
import { type Principal, whoConfirms } from '../kernel/index.ts';
import type { Database } from '../ports/index.ts';

/** What one confirmation is bound to. All hashes are lower-case hex SHA-256. */
export interface ConfirmedCall {
  principal: Principal;
  /** `orders.cancelOrder`. */
  operation: string;
  contractHash: string;
  /** Of the validated input, canonical JSON. */
  argsHash: string;
  idempotencyKey: string;
}

export interface Confirmation {
  /** 256 random bits, base64url. Only its hash is stored. */
  id: string;
  readback: string;
  operation: string;
  state: 'readBack' | 'confirmed' | 'used' | 'void';
  idempotencyKey: string;
  /** RFC 3339. */
  expiresAt: string;
}

const lifeS = 600;

export class Confirmations {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Makes a record in state `readBack`. */
  async issue(call: ConfirmedCall, readback: string): Promise<Confirmation> {
    const id = randomBytes(32).toString('base64url');
    const made = await sql<{ until: string }>`
      insert into runtime.confirmation
        (id_hash, customer_id, client, operation_id, contract_hash, args_hash, idempotency_key, readback, state,
         created_at, expires_at)
      values (${hashId(id)}, ${whoConfirms(call.principal)}, ${clientOf(call.principal)}, ${call.operation},
        ${call.contractHash}, ${call.argsHash}, ${call.idempotencyKey}, ${readback}, 'readBack',
        now(), now() + make_interval(secs => ${lifeS}))
      returning ${untilText} as until`.execute(this.#database.db);
    const expiresAt = made.rows[0]?.until ?? '';
    return {
      id,
      readback,
      operation: call.operation,
      state: 'readBack',
      idempotencyKey: call.idempotencyKey,
      expiresAt,
    };
  }

  /** What a customer is shown before confirming; undefined when it is not theirs or has ended. */
  async find(id: string, customerId: string): Promise<Confirmation | undefined> {
    const found = await sql<Row>`
      select operation_id as operation, readback, state, idempotency_key as key, ${untilText} as until
      from runtime.confirmation
      where id_hash = ${hashId(id)} and customer_id = ${customerId} and expires_at > now()`.execute(this.#database.db);
    const row = found.rows[0];
    if (row === undefined) return undefined;
    return {
      id,
      readback: row.readback,
      operation: row.operation,
      state: row.state,
      idempotencyKey: row.key,
      expiresAt: row.until,
    };
  }

  /** The customer said yes. True also when it was confirmed before; false when it is not theirs, void or expired. */
  async confirm(id: string, customerId: string): Promise<boolean> {
    const changed = await sql`
      update runtime.confirmation set state = 'confirmed', confirmed_at = coalesce(confirmed_at, now())
      where id_hash = ${hashId(id)} and customer_id = ${customerId} and expires_at > now()
        and state in ('readBack', 'confirmed')`.execute(this.#database.db);
    return Number(changed.numAffectedRows ?? 0n) === 1;
  }

  /** The customer said no, or changed the wish. A used one stays used. */
  async void(id: string, customerId: string): Promise<void> {
    await sql`
      update runtime.confirmation set state = 'void'
      where id_hash = ${hashId(id)} and customer_id = ${customerId} and state in ('readBack', 'confirmed')`.execute(
      this.#database.db,
    );
  }

  /**
   * Spends a confirmation on exactly this call. `ok` also for a repetition with the same key; `used` when it was spent
   * on another key; `waiting` when the customer has not answered yet; `required` for everything else (unknown, void,
   * expired, bound to another call).
   */
  async use(id: string, call: ConfirmedCall): Promise<'ok' | 'used' | 'waiting' | 'required'> {
    const found = await sql<BoundRow>`
      select customer_id as customer, client, operation_id as operation, contract_hash as contract, args_hash as args,
        idempotency_key as key, state
      from runtime.confirmation where id_hash = ${hashId(id)} and expires_at > now()`.execute(this.#database.db);
    const row = found.rows[0];
    if (row === undefined || row.state === 'void') return 'required';
    const isSameCaller =
      equal(row.customer, whoConfirms(call.principal)) && equal(row.client, clientOf(call.principal));
    if (!isSameCaller) return 'required';
    const isSameCall =
      equal(row.operation, call.operation) && equal(row.contract, call.contractHash) && equal(row.args, call.argsHash);
    const isSameKey = equal(row.key, call.idempotencyKey);
    if (row.state === 'used') return isSameCall && isSameKey ? 'ok' : 'used';
    if (!isSameCall || !isSameKey) return 'required';
    if (row.state === 'readBack') return 'waiting';
    return (await this.#spend(hashId(id))) ? 'ok' : 'required';
  }

  /**
   * For software that keeps no id between its calls: what is open for exactly this call lends its Idempotency-Key, so that
   * however often it is read back and confirmed, it is one effect. Spends it when the customer said yes (`isConfirmed`).
   */
  async lend(
    call: Omit<ConfirmedCall, 'idempotencyKey'>,
  ): Promise<{ idempotencyKey: string; isConfirmed: boolean } | undefined> {
    const found = await sql<{ hash: Buffer; key: string; state: Confirmation['state'] }>`
      select id_hash as hash, idempotency_key as key, state from runtime.confirmation
      where customer_id = ${whoConfirms(call.principal)} and client = ${clientOf(call.principal)}
        and operation_id = ${call.operation} and contract_hash = ${call.contractHash} and args_hash = ${call.argsHash}
        and expires_at > now() and state in ('readBack', 'confirmed')
      order by state = 'confirmed' desc, created_at limit 1`.execute(this.#database.db);
    const row = found.rows[0];
    if (row === undefined) return undefined;
    const isConfirmed = row.state === 'confirmed';
    if (isConfirmed && !(await this.#spend(row.hash))) return undefined;
    return { idempotencyKey: row.key, isConfirmed };
  }

  /**
   * False when the customer has said no since it was read. A twin of the very call that was faster has used it for the same
   * call: the bindings were compared before.
   */
  async #spend(idHash: Buffer): Promise<boolean> {
    const changed = await sql`
      update runtime.confirmation set state = 'used', used_at = now()
      where id_hash = ${idHash} and state in ('confirmed', 'used')`.execute(this.#database.db);
    return Number(changed.numAffectedRows ?? 0n) === 1;
  }
}

interface Row {
  operation: string;
  readback: string;
  state: Confirmation['state'];
  key: string;
  until: string;
}

interface BoundRow extends Omit<Row, 'readback' | 'until'> {
  customer: string;
  client: string;
  contract: string;
  args: string;
}

/** RFC 3339 in SQL, so that it does not matter how an adapter reads timestamps. */
const untilText = sql`to_char(expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

function hashId(id: string): Buffer {
  return createHash('sha256').update(id).digest();
}

/** Which software acts, in whose session: a confirmation does not wander between assistants. */
function clientOf(principal: Principal): string {
  return [principal.issuer, principal.applicationId ?? '', ...principal.actor].join(' ');
}

function equal(left: string, right: string): boolean {
  const [a, b] = [hashId(left), hashId(right)];
  return timingSafeEqual(a, b);
}
