import type { TObject } from 'typebox';
import type { ProgramName } from '../supervisor/programs.ts';

/** Loads a program's settings. Lazily: the schema library is the largest thing the command line could load. */
export const configSchemas: Readonly<Record<ProgramName, () => Promise<TObject>>> = {
  api: async () => (await import('../api/config.ts')).apiConfigSchema,
  'log-collector': async () => (await import('../log-collector/config.ts')).collectorConfigSchema,
  'cleanup-job': async () => (await import('../cleanup-job/config.ts')).cleanupJobConfigSchema,
};
