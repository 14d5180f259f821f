import { defineCapability, reaction, read, write } from '@plinth/runtime';
import { checkAvailability } from './handlers/check-availability.ts';
import { confirmReservation } from './handlers/confirm-reservation.ts';
import { getReservation } from './handlers/get-reservation.ts';
import { listStock } from './handlers/list-stock.ts';
import { receiveStock } from './handlers/receive-stock.ts';
import { releaseReservation } from './handlers/release-reservation.ts';
import { reserveStock } from './handlers/reserve-stock.ts';
import { shipReservation } from './handlers/ship-reservation.ts';
import { invariants } from './invariants.ts';
import { expireReservations } from './jobs/expire-reservations.ts';
import * as inventory0001 from './migrations/0001-inventory.ts';
import { shipOrder } from './reactions/ship-order.ts';
import { seed } from './seed.ts';

export const inventory = defineCapability({
  name: 'inventory',
  folder: import.meta.dirname,
  handlers: {
    listStock: read(listStock),
    checkAvailability: read(checkAvailability),
    receiveStock: write(receiveStock),
    reserveStock: write(reserveStock),
    getReservation: read(getReservation),
    confirmReservation: write(confirmReservation),
    releaseReservation: write(releaseReservation),
    shipReservation: write(shipReservation),
  },
  reactions: [reaction('inventory.ship-order', 'order.fulfilled', shipOrder)],
  jobs: [expireReservations],
  migrations: { '0001-inventory': inventory0001 },
  invariants,
  seed,
});
