// Made from contract.yaml, events.yaml and problems.yaml of Inventory. Do not edit: change those and run
//   npm run generate

import type { Reply } from '@plinth/runtime';

export type StockLevel = {
  sku: string;
  onHand: number;
  held: number;
  available: number;
};

export type Availability = {
  sku: string;
  available: number;
  words: string;
};

export type Reservation = {
  id: string;
  reference: string;
  state: 'held' | 'confirmed' | 'shipped' | 'released' | 'expired';
  lines: {
    sku: string;
    quantity: number;
  }[];
  expiresAt?: string | null | undefined;
  version: number;
};

/** Operations of this capability: input and declared answers. */
export interface InventoryOperations {
  /** See stock levels */
  'inventory.listStock': {
    input: {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
      sku?: string | undefined;
    };
    reply: Reply<200, {
      items: StockLevel[];
      next: string | null;
    }>;
  };
  /** Ask whether goods are available */
  'inventory.checkAvailability': {
    input: {
      body: {
        skus: string[];
      };
    };
    reply: Reply<200, {
      items: Availability[];
    }>;
  };
  /** Receive goods */
  'inventory.receiveStock': {
    input: {
      body: {
        sku: string;
        quantity: number;
      };
    };
    reply: Reply<201, StockLevel>;
  };
  /** Reserve goods */
  'inventory.reserveStock': {
    input: {
      body: {
        /** The caller may choose the new id (rsv_…). */
        id?: string | undefined;
        /** What it is for; unique. */
        reference: string;
        lines: {
          sku: string;
          quantity: number;
        }[];
        ttlS?: number | undefined;
      };
    };
    reply: Reply<201, Reservation>;
  };
  /** See a reservation */
  'inventory.getReservation': {
    input: {
      reservationId: string;
    };
    reply: Reply<200, Reservation>;
  };
  /** Keep a reservation until it ships */
  'inventory.confirmReservation': {
    input: {
      reservationId: string;
    };
    reply: Reply<201, Reservation>;
  };
  /** Give reserved goods back */
  'inventory.releaseReservation': {
    input: {
      reservationId: string;
    };
    reply: Reply<201, Reservation>;
  };
  /** Ship reserved goods */
  'inventory.shipReservation': {
    input: {
      reservationId: string;
    };
    reply: Reply<201, Reservation>;
  };
}

/** Facts this capability tells, with the shape of their data. */
export interface InventoryEvents {
  /** Goods are promised to somebody. */
  'stock.reserved': Reservation;
  /** A promise ended and the goods are free again. */
  'stock.released': Reservation;
  /** What is on the shelf changed. */
  'stock.changed': StockLevel;
}

/** Problems this capability may answer. */
export interface InventoryProblems {
  /** 409: Not enough in stock */
  'inventory.out-of-stock': true;
  /** 409: The reservation has ended */
  'inventory.reservation-ended': true;
  /** 409: The reservation was already given up */
  'inventory.already-released': true;
}

declare module '@plinth/runtime' {
  interface Operations extends InventoryOperations {}
  interface Events extends InventoryEvents {}
  interface Problems extends InventoryProblems {}
}
