// Preloaded into every program the supervisor starts (`--import`): when the supervisor dies without a word (kill -9, out
// of memory), the IPC channel closes and the program stops as if asked to. The programs themselves know nothing of it.

/** The programs' own grace, and then some. */
const lastResortMs = 20_000;

// The channel must not keep a finished program alive.
process.channel?.unref();
process.once('disconnect', () => {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), lastResortMs).unref();
  process.kill(process.pid, 'SIGTERM');
});
