import { JourneyError } from '../errors/journey-error.ts';

/** First byte of a cursor's content: lets a later version change what follows without misreading an old one. */
const version = 1;

/** Opaque to clients: they are told to hand it back, not to build one. */
export function encodeCursor(lastKey: string): string {
  return Buffer.concat([Buffer.from([version]), Buffer.from(lastKey)]).toString('base64url');
}

/** @returns the key to continue after. @throws JourneyError `cursor-invalid`. */
export function decodeCursor(cursor: string): string {
  const bytes = Buffer.from(cursor, 'base64url');
  const key = bytes.subarray(1).toString();
  // Buffer.from skips what is not base64url and toString mends what is not UTF-8; neither survives the way back.
  if (bytes[0] !== version || encodeCursor(key) !== cursor) throw new JourneyError('cursor-invalid', {});
  return key;
}
