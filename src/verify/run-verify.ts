import { say } from '../i18n/messages.ts';
import { catalogue } from './catalogue.ts';
import type { Check, Clock } from './check.ts';
import type { ClusterAccess } from './cluster-access/cluster-access.ts';
import { exitCodeOf, exitCodes } from './exit-code.ts';
import { messages } from './messages.ts';
import { listChecks } from './output/explain.ts';
import { toJson } from './output/json.ts';
import { toJunit } from './output/junit.ts';
import { toMarkdown } from './output/markdown.ts';
import { createProgress } from './output/progress.ts';
import { createTextOutput, type TextStyle } from './output/text.ts';
import type { Report } from './report.ts';
import { speak } from './said.ts';
import { selectChecks } from './select-checks.ts';
import type { Stack } from './stack.ts';
import { verifyStack } from './verify-stack.ts';

export const outputFormats = ['text', 'json', 'junit', 'md'] as const;
export type OutputFormat = (typeof outputFormats)[number];

export interface RunVerifyOptions {
  /** Opened only when there is something to ask. */
  readonly openCluster: () => Promise<ClusterAccess & { close(): Promise<void> }>;
  readonly stack: Stack;
  /** Ids or categories; empty for all. */
  readonly only: readonly string[];
  readonly disruptive: boolean;
  readonly list: boolean;
  readonly waitMs: number;
  /** Warnings count as failures. */
  readonly strict: boolean;
  readonly format: OutputFormat;
  readonly style: TextStyle;
  readonly journeyVersion: string;
  readonly runId: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The report. */
  readonly out: (text: string) => void;
  /** Everything else: progress, what will be disturbed. */
  readonly err: (text: string) => void;
  /** Columns of the error stream's terminal, `undefined` when it is none. */
  readonly columns: number | undefined;
  /** For tests. */
  readonly checks?: readonly Check[];
}

/**
 * `journey verify` from its options to its exit code.
 *
 * @throws JourneyError when the cluster cannot be asked or holds no stack (exit code 3).
 */
export async function runVerify(options: RunVerifyOptions): Promise<number> {
  const { checks: all = catalogue, only, disruptive, style, out, err, format } = options;
  const { language } = style;
  const selection = selectChecks({ catalogue: all, only, disruptive: disruptive || options.list });
  if (!selection.ok) {
    err(`${speak(language, selection.problem)}\n`);
    return exitCodes.usage;
  }
  if (options.list) {
    out(listChecks(selection.checks, language));
    return exitCodes.passed;
  }
  const { checks, leftOut } = selection;
  const text = createTextOutput(style);
  const progress = createProgress({
    write: err,
    isTerminal: options.columns !== undefined,
    columns: options.columns ?? 80,
    language,
  });
  const print = (piece: string): void => {
    progress.clear();
    if (format === 'text') out(piece);
  };
  const note = (line: string): void => {
    progress.clear();
    err(`${line}\n`);
  };
  const cluster = await options.openCluster();
  try {
    const { stack, clock, runId, waitMs, signal, journeyVersion } = options;
    const verification = await verifyStack({
      cluster,
      stack,
      checks,
      clock,
      runId,
      waitMs,
      signal,
      events: {
        opened(description) {
          print(text.header({ cluster: description, stack, journeyVersion }));
          err(text.warning(checks));
        },
        healed: (what) => note(say(language, messages.healed, { what })),
        started: (check) => progress.started(check),
        retrying: (check, outcome) => progress.retrying(check, outcome),
        finished: (result) => print(text.result(result)),
        leftBehind: ({ what, reason }) => note(say(language, messages.leftover, { what, reason })),
      },
    });
    const exitCode = exitCodeOf(verification.run, options);
    const report: Report = { ...verification, stack, journeyVersion, language, exitCode, leftOut };
    print(text.summary(report));
    out(formatted(report, format));
    return exitCode;
  } finally {
    progress.clear();
    await cluster.close();
  }
}

function formatted(report: Report, format: OutputFormat): string {
  switch (format) {
    case 'json':
      return toJson(report);
    case 'junit':
      return toJunit(report);
    case 'md':
      return toMarkdown(report);
    default:
      return '';
  }
}
