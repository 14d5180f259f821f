// E-mail out.

export interface MailMessage {
  to: string;
  subject: string;
  text: string;
  html?: string;
  /** Same key = same message: a second send is not delivered again by adapters that can tell. */
  key: string;
}

/**
 * Laws (testing/conformance/mail.ts):
 * 1. When `send` resolves, the transport has taken the message; otherwise it rejects with PortError.
 * 2. Header values with line breaks are refused (`refused`), never sent.
 */
export interface Mail {
  send(message: MailMessage): Promise<void>;
  close(): Promise<void>;
}
