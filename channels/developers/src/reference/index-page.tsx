import { linkClass, OperationIndex, PageTitle } from '@plinth/channels-ui';
import { Link } from '@tanstack/react-router';

export function ReferencePage() {
  return (
    <>
      <PageTitle
        lead={
          <>
            Every operation of every contract in force. All of it as{' '}
            <a className={linkClass} href="/openapi.json">
              OpenAPI 3.1
            </a>
            .
          </>
        }
      >
        Reference
      </PageTitle>
      <OperationIndex
        isOffered={() => true}
        renderValue={({ descriptor }) => <code className="font-mono text-13 text-muted">{descriptor.method}</code>}
        renderLink={(entry, className, children) => {
          const [capability = '', operationId = ''] = entry.key.split('.');
          return (
            <Link to="/reference/$capability/$operationId" params={{ capability, operationId }} className={className}>
              {children}
            </Link>
          );
        }}
      />
    </>
  );
}
