import { PageTitle } from '@plinth/channels-ui';
import { TryPerson } from './try-person.tsx';

export function TryPage() {
  return (
    <>
      <PageTitle lead="Decides as a channel would, and explains every offer that was considered. Nothing is recorded.">
        Try a person
      </PageTitle>
      <div className="max-w-[48rem]">
        <TryPerson />
      </div>
    </>
  );
}
