import { Badge, Empty, humanize, MoneyText, type Tone } from '@plinth/channels-ui';
import type { DecisionRecord } from '@plinth/client/personalization';

type Outcome = DecisionRecord['candidates'][number]['outcome'];

const words: Readonly<Record<Outcome, string>> = {
  chosen: 'Chosen',
  consent: 'No consent',
  eligible: 'Not eligible',
  applicable: 'Not relevant now',
  suitable: 'Not right for them',
  already: 'Has it already',
  cap: 'Shown often enough',
  refused: 'Refused before',
  'no-treatment': 'Nothing to show here',
  outranked: 'Others came first',
};

function toneOf(outcome: Outcome): Tone {
  return outcome === 'chosen' ? 'positive' : 'neutral';
}

/** What was chosen and what was not, each with its reason. */
export function Candidates({ record }: { record: DecisionRecord }) {
  const chosen = record.slots.flatMap(({ slot, items }) => items.map((item) => ({ slot, item })));
  const others = record.candidates.filter(({ outcome }) => outcome !== 'chosen');
  return (
    <div className="grid gap-16">
      <section aria-label="Chosen" className="grid gap-8">
        <h3 className="font-semibold">Chosen</h3>
        {chosen.length === 0 && <Empty title="Nothing" text="No offer passed; the slot stays empty." />}
        {chosen.map(({ slot, item }) => (
          <div key={slot + item.actionId} className="rounded-card bg-accent-soft p-12">
            <p className="flex flex-wrap justify-between gap-12 font-medium">
              {item.title}
              {item.item?.price && <MoneyText money={item.item.price} />}
            </p>
            <p className="text-muted">{item.because}</p>
            <p className="text-13 text-muted">
              {slot} · {item.actionId}
            </p>
          </div>
        ))}
      </section>
      <section aria-label="Not chosen">
        <h3 className="mb-8 font-semibold">Not chosen, and why</h3>
        <ul className="divide-y divide-subtle">
          {others.map((candidate) => (
            <li key={candidate.slot + candidate.actionId + candidate.outcome} className="border-subtle py-8">
              <p className="flex flex-wrap items-baseline justify-between gap-8">
                <span className="font-medium">{humanize(candidate.actionId)}</span>
                <Badge tone={toneOf(candidate.outcome)}>{words[candidate.outcome]}</Badge>
              </p>
              <p className="text-13 text-muted">
                {candidate.reason}
                {candidate.score !== undefined && ` · score ${candidate.score.toFixed(2)}`}
              </p>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}
