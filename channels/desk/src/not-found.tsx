import { buttonClass, Empty, Panel } from '@plinth/channels-ui';
import { Link } from '@tanstack/react-router';

export function NotFoundPage() {
  return (
    <Panel flush>
      <Empty
        title="There is no such page"
        text="The address may be old, or mistyped."
        action={
          <Link to="/" className={buttonClass()}>
            Go to the queue
          </Link>
        }
      />
    </Panel>
  );
}
