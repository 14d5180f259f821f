import { Empty } from '@plinth/channels-ui';
import { Inbox } from 'lucide-react';

export function NothingChosen() {
  return (
    <div className="grid flex-1 place-items-center max-lg:hidden">
      <Empty
        icon={<Inbox size={24} strokeWidth={1.5} aria-hidden />}
        title="Choose a request"
        text="What was said, and everything about the customer, opens here. J and K move through the queue."
      />
    </div>
  );
}
