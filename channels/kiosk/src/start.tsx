import {
  Brand,
  Button,
  type ContractOperation,
  Empty,
  KioskFrame,
  SkeletonRows,
  ThemeSwitch,
  useOperations,
  View,
} from '@plinth/channels-ui';
import { ChevronRight, Hand } from 'lucide-react';
import { useState } from 'react';
import { isKioskTask } from './steps.ts';

const perPage = 8;

/** What can be done here: one tile per operation that a contract offers to shared devices. */
export function StartScreen({ onChoose }: { onChoose: (task: ContractOperation) => void }) {
  const contracts = useOperations();
  const [page, setPage] = useState(0);
  return (
    <KioskFrame brand={<Brand name="Northfold" />} aside={<ThemeSwitch />}>
      <div>
        <h1 className="text-48 font-semibold tracking-tight">How can we help?</h1>
        <p className="mt-8 flex items-center gap-12 text-muted">
          <Hand size={24} strokeWidth={1.5} aria-hidden />
          Touch what you want to do.
        </p>
      </div>
      <View query={contracts} skeleton={<SkeletonRows rows={4} />}>
        {({ operations }) => {
          const tasks = operations.filter(isKioskTask).toSorted(byUse);
          if (tasks.length === 0)
            return <Empty title="Nothing is offered here yet" text="Services for this kiosk appear by themselves." />;
          const pages = Math.ceil(tasks.length / perPage);
          const at = Math.min(page, pages - 1);
          return (
            <>
              <ul aria-label="Services" className="grid gap-16 sm:grid-cols-2">
                {tasks.slice(at * perPage, (at + 1) * perPage).map((task) => (
                  <li key={task.key}>
                    <button
                      type="button"
                      onClick={() => onChoose(task)}
                      className="flex min-h-[9rem] w-full items-center justify-between gap-16 rounded-card border border-control bg-panel p-24 text-start text-24 font-semibold hover:bg-sunken active:bg-accent-soft"
                    >
                      {task.title}
                      <ChevronRight size={32} strokeWidth={1.5} aria-hidden className="shrink-0 text-muted" />
                    </button>
                  </li>
                ))}
              </ul>
              {pages > 1 && (
                <div>
                  <Button onClick={() => setPage((at + 1) % pages)}>More services</Button>
                </div>
              )}
            </>
          );
        }}
      </View>
    </KioskFrame>
  );
}

/** Made for kiosks first; then things done, then things looked at; each by name. */
function byUse(left: ContractOperation, right: ContractOperation): number {
  return rankOf(left) - rankOf(right) || left.title.localeCompare(right.title);
}

function rankOf({ channels, descriptor }: ContractOperation): number {
  if (channels?.includes('kiosk')) return 0;
  return descriptor.effect === 'read' ? 2 : 1;
}
