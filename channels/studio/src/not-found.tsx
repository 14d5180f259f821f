import { buttonClass, Empty, Panel } from '@plinth/channels-ui';
import { Link } from '@tanstack/react-router';

export function NotFoundPage() {
  return (
    <Panel flush>
      <Empty
        title="There is no such page"
        text="What stood here may have been renamed or removed."
        action={
          <Link to="/contracts" className={buttonClass()}>
            See the contracts
          </Link>
        }
      />
    </Panel>
  );
}
