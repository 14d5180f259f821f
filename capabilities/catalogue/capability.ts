import { defineCapability, read, write } from '@plinth/runtime';
import { createOffering } from './handlers/create-offering.ts';
import { createPrice } from './handlers/create-price.ts';
import { getOffering } from './handlers/get-offering.ts';
import { listOfferings } from './handlers/list-offerings.ts';
import { quotePrice } from './handlers/quote-price.ts';
import { retireOffering } from './handlers/retire-offering.ts';
import { invariants } from './invariants.ts';
import * as offerings from './migrations/0001-offerings.ts';
import { seed } from './seed.ts';

export const catalogue = defineCapability({
  name: 'catalogue',
  folder: import.meta.dirname,
  handlers: {
    listOfferings: read(listOfferings),
    getOffering: read(getOffering),
    createOffering: write(createOffering),
    retireOffering: write(retireOffering),
    createPrice: write(createPrice),
    quotePrice: read(quotePrice),
  },
  migrations: { '0001-offerings': offerings },
  invariants,
  seed,
});
