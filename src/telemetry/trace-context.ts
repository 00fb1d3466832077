/** W3C Trace Context level 1: which trace a request belongs to and which part of it is ours. */
export interface TraceContext {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** Our own part of the trace, 16 lower-case hex digits. */
  readonly spanId: string;
  /** Two hex digits; bit 0 says that the caller may have recorded its part. */
  readonly flags: string;
}

/** §3.2: version, trace-id, parent-id, trace-flags; a future version may add fields after a dash (§4.3). */
const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const noTrace = '0'.repeat(32);
const noParent = '0'.repeat(16);

/**
 * Continues the caller's trace, or begins one when there is none or the header is not valid: §3.2.2.3–4 forbid
 * all-zero ids, version `ff`, and anything after the flags in version `00`; an invalid header is as good as none.
 *
 * @param randomHex gives that many random hex digits.
 */
export function continueTrace(traceparent: string | undefined, randomHex: (digits: number) => string): TraceContext {
  const spanId = randomHex(16);
  if (traceparent !== undefined) {
    const [, version, traceId, parentId, flags, more] = pattern.exec(traceparent) ?? [];
    const known = version !== undefined && version !== 'ff' && !(version === '00' && more !== undefined);
    if (known && traceId !== undefined && flags !== undefined && traceId !== noTrace && parentId !== noParent) {
      return { traceId, spanId, flags };
    }
  }
  return { traceId: randomHex(32), spanId, flags: '01' };
}

export function formatTraceparent({ traceId, spanId, flags }: TraceContext): string {
  return `00-${traceId}-${spanId}-${flags}`;
}
