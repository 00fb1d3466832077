// Runs in a Pod: takes Loki pushes on :3100 and keeps a ledger of numbered lines, `acct <writer> <n> <padding>`, which each
// writer ends with `acct <writer> END <count>`.
//   GET :8081/account: what came · /down?seconds=: refuses connections for that long, then listens again
import http from 'node:http';
import { gunzipSync } from 'node:zlib';

/** writer → its ledger: of line n the file's number, counted from 1, and the offset, the key under which it came first. */
const writers = new Map();
const fileNumbers = new Map();
const ledgerOf = (writer) => {
  let ledger = writers.get(writer);
  if (ledger === undefined) {
    ledger = {
      files: [],
      offsets: [],
      arrived: 0,
      end: undefined,
      twice: 0,
      unknownTwice: 0,
      disordered: 0,
      last: -1,
      damaged: 0,
    };
    writers.set(writer, ledger);
  }
  return ledger;
};

function take({ streams }) {
  for (const { values } of streams) {
    for (const [, line, { file, offset }] of values) {
      const [, writer, number, rest] = /^acct (\S+) (END|\d+) (.*)$/.exec(line) ?? [];
      if (writer === undefined) continue;
      const ledger = ledgerOf(writer);
      if (number === 'END') {
        ledger.end = Number(rest);
        continue;
      }
      const n = Number(number);
      if (!line.endsWith(`${n * 7919}`)) ledger.damaged++;
      if (!fileNumbers.has(file)) fileNumbers.set(file, fileNumbers.size + 1);
      const fileNumber = fileNumbers.get(file);
      if (ledger.files[n] !== undefined) {
        ledger.twice++;
        if (ledger.files[n] !== fileNumber || ledger.offsets[n] !== Number(offset)) ledger.unknownTwice++;
        continue;
      }
      if (n < ledger.last) ledger.disordered++;
      ledger.last = n;
      ledger.files[n] = fileNumber;
      ledger.offsets[n] = Number(offset);
      ledger.arrived++;
    }
  }
}

/** Runs of numbers that did not come, as [first, last]. */
function gaps({ files, end }) {
  const found = [];
  let from = -1;
  const count = end ?? files.length;
  for (let n = 0; n <= count; n++) {
    const missing = n < count && files[n] === undefined;
    if (missing && from < 0) from = n;
    if (!missing && from >= 0) {
      found.push([from, n - 1]);
      from = -1;
    }
  }
  return found;
}

const sink = http.createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const body = Buffer.concat(parts);
    take(JSON.parse(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body));
    response.writeHead(204).end();
  });
});
sink.listen(3100);

http
  .createServer((request, response) => {
    const url = new URL(request.url, 'http://receiver');
    if (url.pathname === '/down') {
      sink.close();
      sink.closeAllConnections();
      setTimeout(() => sink.listen(3100), Number(url.searchParams.get('seconds')) * 1_000);
    }
    const account = {};
    for (const [writer, ledger] of writers) {
      const { files, offsets, last, ...told } = ledger;
      account[writer] = { ...told, gaps: gaps(ledger).slice(0, 20) };
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(account));
  })
  .listen(8081);
process.on('SIGTERM', () => process.exit());
