import {
  buttonClass,
  Empty,
  humanize,
  MoneyText,
  PageTitle,
  Button,
  Skeleton,
  TextInput,
  View,
  Field,
} from '@plinth/channels-ui';
import type { Category, Offering } from '@plinth/client/catalogue';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import {
  Coffee,
  Headphones,
  House,
  Luggage,
  type LucideIcon,
  Search,
  Smartphone,
  Trophy,
  Utensils,
} from 'lucide-react';
import { type SyntheticEvent, useState } from 'react';
import { useCatalogue } from '../parts/modules.ts';
import { readingPages } from '../parts/pages.ts';

const icons: Readonly<Record<Category, LucideIcon>> = {
  kitchen: Utensils,
  coffee: Coffee,
  audio: Headphones,
  travel: Luggage,
  home: House,
  mobile: Smartphone,
  sports: Trophy,
};

const categories = Object.keys(icons) as Category[];

export function ShopPage() {
  const search = useSearch({ from: '/shop' });
  const { listOfferings } = useCatalogue();
  const category = categories.find((known) => known === search.category);
  const input = { limit: 24, ...(search.q ? { q: search.q } : {}), ...(category ? { category } : {}) };
  const offerings = useInfiniteQuery(readingPages(listOfferings, input));
  return (
    <>
      <PageTitle>Shop</PageTitle>
      <Filter key={search.q ?? ''} q={search.q ?? ''} />
      <View
        framed
        query={offerings}
        skeleton={
          <div className={grid}>
            {Array.from({ length: 8 }, (_card, index) => (
              <Skeleton key={index} className="h-[13rem] rounded-card" />
            ))}
          </div>
        }
        isEmpty={(items) => items.length === 0}
        empty={
          <Empty
            title={search.q ? `Nothing found for “${search.q}”` : 'Nothing in this category'}
            text="Try another word or look at everything we have."
            action={
              <Link to="/shop" className={buttonClass()}>
                Show everything
              </Link>
            }
          />
        }
      >
        {(items) => (
          <>
            <ul className={grid}>
              {items.map((offering) => (
                <OfferingCard key={offering.id} offering={offering} />
              ))}
            </ul>
            {offerings.hasNextPage && (
              <div className="mt-24">
                <Button busy={offerings.isFetchingNextPage} onClick={() => void offerings.fetchNextPage()}>
                  Show more
                </Button>
              </div>
            )}
          </>
        )}
      </View>
    </>
  );
}

const grid = 'grid grid-cols-[repeat(auto-fill,minmax(min(100%,15rem),1fr))] gap-16';

function Filter({ q }: { q: string }) {
  const navigate = useNavigate({ from: '/shop' });
  const [typed, setTyped] = useState(q);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    void navigate({
      search: (before) => ({
        ...(before.category ? { category: before.category } : {}),
        ...(typed ? { q: typed } : {}),
      }),
    });
  };
  const chip =
    'inline-flex min-h-control items-center rounded-control border px-12 text-14 font-medium no-underline whitespace-nowrap border-subtle text-muted hover:bg-sunken aria-[current=page]:border-accent aria-[current=page]:bg-accent-soft aria-[current=page]:text-accent';
  return (
    <div className="mb-24 flex flex-col gap-16">
      <search>
        <form onSubmit={submit} className="flex max-w-[32rem] items-end gap-8">
          <Field label="Find an article" className="flex-1">
            {(control) => (
              <TextInput {...control} type="search" value={typed} onChange={(event) => setTyped(event.target.value)} />
            )}
          </Field>
          <Button type="submit" icon={<Search size={16} strokeWidth={1.5} aria-hidden />}>
            Search
          </Button>
        </form>
      </search>
      <nav aria-label="Categories" className="-mx-16 flex gap-8 overflow-x-auto px-16 sm:mx-0 sm:flex-wrap sm:px-0">
        <Link to="/shop" search={q ? { q } : {}} className={chip} activeOptions={{ exact: true }}>
          Everything
        </Link>
        {categories.map((each) => (
          <Link
            key={each}
            to="/shop"
            search={{ category: each, ...(q ? { q } : {}) }}
            className={chip}
            activeOptions={{ exact: true }}
          >
            {humanize(each)}
          </Link>
        ))}
      </nav>
    </div>
  );
}

function OfferingCard({ offering }: { offering: Offering }) {
  const Icon = icons[offering.category];
  return (
    <li className="flex flex-col rounded-card border border-subtle bg-panel p-16">
      <p className="flex items-center gap-8 text-13 text-muted">
        <Icon size={16} strokeWidth={1.5} aria-hidden />
        {humanize(offering.category)}
      </p>
      <h2 className="mt-8 font-semibold">{offering.name}</h2>
      <p className="mt-4 flex-1 text-14 text-muted">{offering.description}</p>
      <div className="mt-16 flex items-center justify-between gap-12">
        <MoneyText money={offering.price} className="text-18 font-semibold" />
        <Link
          to="/checkout"
          search={{ sku: offering.sku }}
          className={buttonClass()}
          aria-label={`Buy ${offering.name}`}
        >
          Buy
        </Link>
      </div>
    </li>
  );
}
