import { MessagePart } from './message-part.tsx';
import type { ChatPart } from './parts.ts';

const nothing = (): void => undefined;

/** Parts of a message to be read, not answered: at the desk, in a transcript. */
export function MessageParts({ parts }: { parts: readonly ChatPart[] }) {
  return (
    <div className="flex flex-col gap-8">
      {parts.map((part, index) => (
        <MessagePart
          // oxlint-disable-next-line react/no-array-index-key -- parts of a sent message never change.
          key={index}
          part={part}
          isOpen={false}
          isBusy={false}
          onTurn={nothing}
          onValues={async () => undefined}
        />
      ))}
    </div>
  );
}
