import { buttonClass, Empty, Panel } from '@plinth/channels-ui';
import { Link } from '@tanstack/react-router';

export function NotFoundPage() {
  return (
    <Panel flush>
      <Empty
        title="There is no such page"
        text="The operation may have been renamed, or its contract is not in force any more."
        action={
          <Link to="/reference" className={buttonClass()}>
            See all operations
          </Link>
        }
      />
    </Panel>
  );
}
