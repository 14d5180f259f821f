import {
  Badge,
  Button,
  Checkbox,
  DescriptionList,
  Empty,
  Field,
  InstantText,
  MoneyText,
  NextBestAction,
  PageTitle,
  Panel,
  Progress,
  RowList,
  Select,
  SkeletonRows,
  StateBadge,
  Table,
  Tabs,
  Textarea,
  TextInput,
  Timeline,
} from '@plinth/channels-ui';
import { type ReactNode, useState } from 'react';

const money = { amount: 2450, currency: 'EUR' };
const instant = '2026-11-24T09:30:00Z';

const examples: readonly { title: string; content: ReactNode }[] = [
  {
    title: 'Button',
    content: (
      <div className="flex flex-wrap gap-12">
        <Button variant="primary">Place order</Button>
        <Button>Save a copy</Button>
        <Button variant="quiet">Show more</Button>
        <Button variant="critical">Cancel order</Button>
        <Button busy>Sending</Button>
        <Button disabled title="Choose an article first">
          Continue
        </Button>
      </div>
    ),
  },
  {
    title: 'Badge and state',
    content: (
      <div className="flex flex-wrap gap-8">
        <Badge>Neutral</Badge>
        <Badge tone="info">Under way</Badge>
        <Badge tone="positive">Arrived</Badge>
        <Badge tone="caution">Waiting</Badge>
        <Badge tone="critical">Declined</Badge>
        <StateBadge state="placed" />
        <StateBadge state="cancelled" />
      </div>
    ),
  },
  {
    title: 'Fields',
    content: <Fields />,
  },
  {
    title: 'Next best action',
    content: (
      <NextBestAction
        eyebrow="Next for you"
        suggestion={{
          title: 'House espresso beans, 1 kg',
          because: 'Because it goes with your grinder',
          price: money,
        }}
        onAccept={() => undefined}
        onRefuse={() => undefined}
        onNever={() => undefined}
      />
    ),
  },
  {
    title: 'Rows',
    content: (
      <RowList
        label="Example rows"
        entries={[
          { key: '1', title: 'Order ORD-3416-N7TT', detail: 'Kettle, 1.7 l', value: <MoneyText money={money} /> },
          {
            key: '2',
            title: 'Order ORD-9920-PP21',
            detail: 'Toaster, two slots',
            value: <StateBadge state="fulfilled" />,
          },
        ]}
      />
    ),
  },
  {
    title: 'Table',
    content: (
      <Table
        caption="Example table"
        rows={[
          { id: '1', name: 'Kettle, 1.7 l', count: 42 },
          { id: '2', name: 'Toaster, two slots', count: 7 },
        ]}
        keyOf={({ id }) => id}
        columns={[
          { id: 'name', title: 'Article', renderCell: ({ name }) => name },
          { id: 'count', title: 'On the shelf', numeric: true, renderCell: ({ count }) => count },
        ]}
      />
    ),
  },
  {
    title: 'Facts',
    content: (
      <DescriptionList
        figures
        entries={[
          { term: 'Goods', value: <MoneyText money={money} /> },
          { term: 'Points', value: '−300 points' },
        ]}
      />
    ),
  },
  {
    title: 'Timeline',
    content: (
      <Timeline
        label="Example timeline"
        items={[
          { key: '1', title: 'Order sent', at: <InstantText instant={instant} /> },
          {
            key: '2',
            title: 'Order placed',
            at: <InstantText instant={instant} />,
            text: 'With 300 points.',
          },
        ]}
      />
    ),
  },
  {
    title: 'Tabs',
    content: (
      <Tabs
        label="Example tabs"
        tabs={[
          { id: 'a', label: 'curl', content: 'One way.' },
          { id: 'b', label: 'TypeScript', content: 'Another.' },
        ]}
      />
    ),
  },
  {
    title: 'Waiting, nothing, how far',
    content: (
      <div className="grid gap-16">
        <Progress label="Example" value={2} max={3} />
        <SkeletonRows rows={2} />
        <Empty title="No orders" text="When you order something, you see here where it is." />
      </div>
    ),
  },
];

/** The parts all channels are made of. The theme switch shows each of them in the other light. */
export function GalleryPage() {
  return (
    <>
      <PageTitle lead="The parts all channels are made of, with everything they can look like.">Gallery</PageTitle>
      <div className="grid items-start gap-24 lg:grid-cols-2">
        {examples.map(({ title, content }) => (
          <Panel key={title} title={title}>
            {content}
          </Panel>
        ))}
      </div>
    </>
  );
}

function Fields() {
  const [isChecked, setChecked] = useState(true);
  return (
    <div className="grid gap-16">
      <Field label="Name" hint="As on your passport.">
        {(control) => <TextInput {...control} defaultValue="Ada Lindqvist" />}
      </Field>
      <Field label="City" error="Enter the city you live in">
        {(control) => <TextInput {...control} />}
      </Field>
      <Field label="Country">
        {(control) => (
          <Select
            {...control}
            defaultValue="SE"
            choices={[
              { value: 'SE', label: 'Sweden' },
              { value: 'PT', label: 'Portugal' },
            ]}
          />
        )}
      </Field>
      <Field label="Message" required={false}>
        {(control) => <Textarea {...control} />}
      </Field>
      <Checkbox label="Remember this" checked={isChecked} onChange={(event) => setChecked(event.target.checked)} />
    </div>
  );
}
