/** Exit codes of `journey`. Failures from the catalogue keep their own (69 port or folder taken, 73 cannot write, 78 configuration). */
export const exitCodes = {
  ok: 0,
  /** What was asked for failed. */
  failed: 1,
  usage: 2,
  /** Nothing runs here, so there is nothing to judge. */
  cannotJudge: 3,
  /** Still under way: not ready yet. */
  pending: 8,
  interrupted: 130,
} as const;
