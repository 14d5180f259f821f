import { buttonClass, Empty, Panel } from '@plinth/channels-ui';
import { Link } from '@tanstack/react-router';

/** For pages of a capability this platform does not run. */
export function NotOffered({ what }: { what: string }) {
  return (
    <Panel flush>
      <Empty
        title={`${what} are not offered here`}
        text="This platform runs without them. Everything it does offer is in the list of all services."
        action={
          <Link to="/services" className={buttonClass()}>
            See all services
          </Link>
        }
      />
    </Panel>
  );
}
