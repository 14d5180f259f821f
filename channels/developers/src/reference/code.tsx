import { Button, useToast } from '@plinth/channels-ui';
import { Copy } from 'lucide-react';

/** Text to be copied. Long lines scroll, nothing is cut. */
export function Code({ text, label }: { text: string; label: string }) {
  const toast = useToast();
  return (
    <div className="overflow-clip rounded-card border border-subtle bg-sunken">
      <div className="flex items-center justify-between gap-8 border-b border-subtle ps-12">
        <span className="text-13 text-muted">{label}</span>
        <Button
          variant="quiet"
          icon={<Copy size={14} strokeWidth={1.5} aria-hidden />}
          onClick={() => void navigator.clipboard.writeText(text).then(() => toast('Copied'))}
        >
          Copy
        </Button>
      </div>
      <pre
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls can be reached by keyboard.
        tabIndex={0}
        aria-label={label}
        className="max-h-[28rem] overflow-auto p-12 font-mono text-13"
      >
        {text}
      </pre>
    </div>
  );
}
