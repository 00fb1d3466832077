import { relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { say } from '../../i18n/messages.ts';
import { describeEvent } from '../../supervisor/describe-event.ts';
import { Supervisor } from '../../supervisor/supervisor.ts';
import { defaultTimings } from '../../supervisor/workload/timings.ts';
import type { CliContext } from '../context.ts';
import { createMissingConfigFiles } from '../create-missing-config-files.ts';
import { exitCodes } from '../exit-codes.ts';
import { type FolderOption, folderOption, sameFolder } from '../folder-option.ts';
import { messages as m } from '../messages.ts';
import { storeChoice } from '../option-values.ts';
import { painter } from '../paint.ts';
import { programMains } from '../program-mains.ts';
import { welcome } from '../welcome.ts';

export interface StartOptions extends FolderOption {
  readonly port?: number;
  readonly metricsPort?: number;
  readonly host?: string;
  readonly store?: string;
  readonly logLevel?: string;
  readonly follow?: boolean;
}

/** The same as in `k8s/v0.2/cleanup-job/cronjob.yaml`. */
const cleanupSchedule = '7 * * * *';
/** Something is on the screen by then, ready or not. */
const welcomeWithinMs = 900;
/** npm passes Ctrl-C on to us although the terminal has sent it to all of us already: within this time it is one. */
const sameKeyPressMs = 500;

/** `journey start`: runs the stack until it is asked to stop. */
export async function start(context: CliContext, options: StartOptions): Promise<number> {
  const { language, stderr, host, version } = context;
  const folder = folderOption(options, context);
  const shown = shortPath(context.cwd, folder.root);
  const dir = sameFolder(options, shown);
  const paint = painter(stderr, host.env);
  const tell = (line: string) => void stderr.write(`${line}\n`);
  const store = options.store ?? host.env['JOURNEY_STORE'];
  const printLine =
    options.follow === true ? await (await import('../line-printer.ts')).createLinePrinter(context) : undefined;
  tell(paint.dim(say(language, m.starting, { version, folder: shown })));

  const mains = programMains(context);
  let welcomed = false;
  const supervisor = await Supervisor.start({
    folder,
    host,
    version,
    timings: defaultTimings,
    schedule: cleanupSchedule,
    stack: {
      port: options.port,
      metricsPort: options.metricsPort,
      address: options.host,
      logLevel: options.logLevel,
      store: store === undefined || store === '' ? undefined : storeChoice(store),
    },
    mainOf: mains.mainOf,
    createConfigFiles: () => createMissingConfigFiles(folder, context),
    onEvent(event) {
      // The welcome says who is ready; only what happens later, or goes wrong, is news.
      if (!welcomed && event.kind === 'program' && event.event.kind === 'ready') return;
      const { tone, text } = describeEvent(language, event);
      tell(paint.mark(tone, text));
    },
    ...(printLine === undefined ? {} : { onLine: printLine }),
  });

  const stopping = whenAskedToStop(context);
  const timer = new AbortController();
  await Promise.race([
    supervisor.ready.then(() => undefined),
    delay(Math.max(0, welcomeWithinMs - context.uptimeMs()), undefined, { signal: timer.signal }).catch(
      () => undefined,
    ),
    stopping.asked,
  ]);
  timer.abort();
  if (!stopping.impatient.aborted) tell(welcome(supervisor.status, { context, folder: shown, dir, paint }));
  welcomed = true;

  let giveUpBundles: () => void = () => undefined;
  void supervisor.ready.then(() => {
    if (!stopping.isAsked()) giveUpBundles = mains.prepareNext();
  });
  await stopping.asked;
  giveUpBundles();
  tell(paint.dim(m.stopping[language]));
  await supervisor.stop(stopping.impatient);
  stopping.end();
  const hurried = stopping.impatient.aborted;
  const command = dir === '' ? 'npm start' : `npm start --${dir}`;
  tell(
    paint.dim(
      hurried
        ? say(language, m.stoppedAtOnce, { folder: shown })
        : say(language, m.stopped, { command, folder: shown }),
    ),
  );
  return hurried ? exitCodes.interrupted : exitCodes.ok;
}

/** Relative while that is shorter to read. */
function shortPath(from: string, to: string): string {
  const path = relative(from, to);
  return path.startsWith('..') ? to : path || '.';
}

/** The first signal asks to stop, a later one (not the same key press once more) to stop at once. */
function whenAskedToStop({ onStopSignal, host }: CliContext) {
  const impatience = new AbortController();
  let firstAt: number | undefined;
  let ask: () => void = () => undefined;
  const asked = new Promise<void>((settle) => {
    ask = settle;
  });
  const end = onStopSignal(() => {
    firstAt ??= host.wallMs();
    if (host.wallMs() - firstAt > sameKeyPressMs) impatience.abort();
    ask();
  });
  return { asked, isAsked: () => firstAt !== undefined, impatient: impatience.signal, end };
}
