import { JourneyError } from '../errors/journey-error.ts';
import type { Text } from '../i18n/messages.ts';

/** One place where a request differs from its schema. */
export interface Mismatch {
  /** JSON pointer into the part, `/ttl`; empty for the whole. */
  readonly pointer: string;
  readonly text: Text;
}

/** `invalid-request` that also knows every place; the problem document lists them in `errors`. */
export class InvalidRequest extends JourneyError<'invalid-request'> {
  readonly mismatches: readonly Mismatch[];

  constructor(where: Text | string, reason: Text, mismatches: readonly Mismatch[] = []) {
    super('invalid-request', { where, reason });
    this.mismatches = mismatches;
  }
}

export function isInvalidRequest(error: unknown): error is InvalidRequest {
  return error instanceof InvalidRequest;
}
