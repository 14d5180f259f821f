import { buttonClass, PageTitle } from '@plinth/channels-ui';
import { Link } from '@tanstack/react-router';

export function NotFoundPage() {
  return (
    <>
      <PageTitle lead="The address may be old, or a letter is missing. Nothing of yours is lost.">
        There is no page at this address
      </PageTitle>
      <div className="flex flex-wrap gap-12">
        <Link to="/" className={buttonClass('primary')}>
          Go to home
        </Link>
        <Link to="/services" className={buttonClass()}>
          See all services
        </Link>
      </div>
    </>
  );
}
