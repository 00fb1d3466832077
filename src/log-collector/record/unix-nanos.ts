/**
 * An RFC 3339 time as nanoseconds since the epoch, in decimal: a string, because a number loses the last three digits.
 * The time must have passed `skipTime`.
 */
export function unixNanos(time: Buffer, from: number, end: number): string {
  const text = time.toString('latin1', from, end);
  const zoneAt = text.endsWith('Z') ? text.length - 1 : text.length - 6;
  const seconds = Date.parse(`${text.slice(0, 19)}${text.slice(zoneAt)}`) / 1_000;
  // A zone of +99:00 passes as digits; such a time is worth no more than none.
  if (Number.isNaN(seconds)) return '0';
  const fraction = text.slice(20, zoneAt).slice(0, 9).padEnd(9, '0');
  return seconds < 0 ? '0' : `${seconds}${fraction}`;
}
