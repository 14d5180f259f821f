// Days and times of RFC 3339, durations of ISO 8601 as RFC 3339 writes them.

const slash = 45;
const colon = 58;
const daysByMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** What `two` gives for anything but two digits: beyond every bound. */
const none = 100;

/** Two digits at a place that lies inside the text. */
function two(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : none;
}

export function isDate(text: string): boolean {
  return text.length === 10 && startsWithDate(text);
}

function startsWithDate(text: string): boolean {
  if (text.charCodeAt(4) !== slash || text.charCodeAt(7) !== slash) return false;
  const century = two(text, 0);
  const year = two(text, 2);
  const month = two(text, 5);
  const day = two(text, 8);
  if (century === none || year === none || month < 1 || month > 12 || day < 1) return false;
  if (day <= 28) return true;
  if (month === 2) return day === 29 && year % 4 === 0 && (year > 0 || century % 4 === 0);
  return day <= (daysByMonth[month - 1] ?? 0);
}

export function isTime(text: string): boolean {
  return isTimeFrom(text, 0);
}

export function isDateTime(text: string): boolean {
  if (text.length < 20 || !startsWithDate(text)) return false;
  const separator = text.charCodeAt(10) | 32;
  return separator === 116 && isTimeFrom(text, 11);
}

/** `hh:mm:ss[.fraction](Z|±hh:mm)` from a place to the end. A leap second only at the end of a day in UTC. */
function isTimeFrom(text: string, start: number): boolean {
  if (text.length < start + 9 || text.charCodeAt(start + 2) !== colon || text.charCodeAt(start + 5) !== colon) {
    return false;
  }
  const hour = two(text, start);
  const minute = two(text, start + 3);
  const second = two(text, start + 6);
  if (hour > 23 || minute > 59 || second > 60) return false;
  let at = start + 8;
  if (text.charCodeAt(at) === 46) {
    const fraction = (at += 1);
    while (isDigit(text.charCodeAt(at))) at += 1;
    if (at === fraction) return false;
  }
  const offset = offsetFrom(text, at);
  if (Number.isNaN(offset)) return false;
  return second < 60 || (hour * 60 + minute - offset + 2 * 1440) % 1440 === 1439;
}

/** Minutes east of UTC; NaN when no offset stands there alone. */
function offsetFrom(text: string, at: number): number {
  const sign = text.charCodeAt(at);
  if ((sign | 32) === 122) return text.length === at + 1 ? 0 : Number.NaN;
  if ((sign !== 43 && sign !== 45) || text.length !== at + 6 || text.charCodeAt(at + 3) !== colon) return Number.NaN;
  const hours = two(text, at + 1);
  const minutes = two(text, at + 4);
  if (hours > 23 || minutes > 59) return Number.NaN;
  return (sign === 43 ? 1 : -1) * (hours * 60 + minutes);
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

const timePart = String.raw`T(?:\d+H(?:\d+M(?:\d+S)?)?|\d+M(?:\d+S)?|\d+S)`;
const datePart = String.raw`(?:\d+Y(?:\d+M(?:\d+D)?)?|\d+M(?:\d+D)?|\d+D)`;
const duration = new RegExp(String.raw`^P(?:${datePart}(?:${timePart})?|${timePart}|\d+W)$`);

export function isDuration(text: string): boolean {
  return duration.test(text);
}
