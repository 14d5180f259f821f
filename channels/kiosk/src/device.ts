// What the kiosk asks the server about itself: who it is, and who uses it now.

export interface Enrolment {
  userCode: string;
  address: string;
  expiresIn: number;
}

export interface VisitCode {
  code: string;
  address: string;
  /** Seconds. */
  expiresIn: number;
}

async function ask<Answer>(method: string, path: string): Promise<Answer> {
  const response = await fetch(path, { method, headers: { accept: 'application/json' } });
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}`);
  return (await response.json()) as Answer;
}

export const beginEnrolment = async (): Promise<Enrolment> => ask('POST', '/session/device');
export const enrolmentState = async (): Promise<{ state: 'waiting' | 'enrolled' | 'ended' }> =>
  ask('GET', '/session/device');
export const beginVisit = async (): Promise<VisitCode> => ask('POST', '/session/visit');
export const visitState = async (): Promise<{ state: 'waiting' | 'arrived' | 'ended'; name?: string }> =>
  ask('GET', '/session/visit');
/** `nobody`: this browser is no enrolled device. */
export const endVisit = async (): Promise<{ state: 'ended' | 'nobody' }> => ask('DELETE', '/session/visit');
