// Runs in a Pod: keep-alive clients that never pause, and a record of what each was promised.
//   node traffic-client.mjs <origin> <connections>
// GET /tally: what happened so far · /stop: ends the clients first · /check: reads back every write that was acknowledged
import http from 'node:http';

const [origin, connections] = process.argv.slice(-2);
const keysEach = 20;
const startedAt = Date.now();
const tally = {
  answered: 0,
  acknowledged: 0,
  reads: 0,
  sockets: 0,
  failed: 0,
  failures: [],
  pods: {},
  lastFailureMs: 0,
};
/** key → number of the last acknowledged write; those that failed later may have arrived or not. */
const acknowledged = new Map();
const perhaps = new Map();
let stopped = false;

function request(agent, method, path, body) {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = text === undefined ? {} : { 'content-type': 'application/json', 'content-length': text.length };
    const sent = http.request(new URL(path, origin), { method, agent, headers, timeout: 5_000 }, (answer) => {
      let data = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk) => {
        data += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text: data }));
      answer.on('error', reject);
    });
    sent.on('socket', (socket) => {
      if (socket.seen !== true) tally.sockets++;
      socket.seen = true;
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer within 5 s')));
    sent.on('error', reject);
    sent.end(text);
  });
}

function fail(what, why) {
  tally.failed++;
  tally.lastFailureMs = Date.now() - startedAt;
  if (tally.failures.length < 40) tally.failures.push(`${tally.lastFailureMs} ms ${what}: ${why}`);
}

async function attempt(agent, what, method, path, body, expected) {
  try {
    const answer = await request(agent, method, path, body);
    if (!expected.includes(answer.status)) {
      fail(what, `HTTP ${answer.status} ${answer.text.slice(0, 200)}`);
      return undefined;
    }
    tally.answered++;
    return answer;
  } catch (error) {
    fail(what, `${error.code ?? ''} ${error.message}`);
    return undefined;
  }
}

async function client(number) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  for (let n = 1; !stopped; n++) {
    // Half of the keys are written once: a loss must not be covered by a later write. Half again and again: order counts.
    const key = n % 2 === 0 ? `traffic:${number}:once:${n}` : `traffic:${number}:${n % keysEach}`;
    const path = `/api/v1/data/${encodeURIComponent(key)}`;
    perhaps.set(key, [...(perhaps.get(key) ?? []), n]);
    const written = await attempt(agent, 'write', 'POST', '/api/v1/data', { key, value: { n } }, [200, 201]);
    if (written === undefined) await pause(50);
    else {
      tally.acknowledged++;
      acknowledged.set(key, n);
      perhaps.delete(key);
    }
    if (acknowledged.has(key) && (await attempt(agent, 'read', 'GET', path, undefined, [200]))) tally.reads++;
    const info = await attempt(agent, 'info', 'GET', '/api/v1/info', undefined, [200]);
    const pod = info && JSON.parse(info.text).pod;
    if (pod !== undefined) tally.pods[pod] = (tally.pods[pod] ?? 0) + 1;
    await pause(5);
  }
  agent.destroy();
}

const clients = Array.from({ length: Number(connections) }, (_, number) => client(number));

/** Reads every key from the store (a near cache would remember what Redis has lost). */
async function check() {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  const wrong = [];
  const left = [...acknowledged];
  const reader = async () => {
    for (let entry = left.pop(); entry !== undefined; entry = left.pop()) {
      const problem = await look(agent, ...entry);
      if (problem !== undefined) wrong.push(`${entry[0]}: acknowledged ${entry[1]}, then ${problem}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, reader));
  agent.destroy();
  return { keys: acknowledged.size, lost: wrong.length, wrong: wrong.slice(0, 20) };
}

/** @returns what is wrong with a key. */
async function look(agent, key, n) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    let seen;
    try {
      const answer = await request(agent, 'GET', `/api/v1/data/${encodeURIComponent(key)}`);
      const fromStore = !/;\s*hit/.test(answer.headers['cache-status'] ?? '');
      seen = `HTTP ${answer.status} ${answer.text.slice(0, 200)} (${answer.headers['cache-status']})`;
      if (fromStore && (answer.status === 200 || answer.status === 404)) {
        const value = answer.status === 200 ? JSON.parse(answer.text).value?.n : undefined;
        return value === n || (perhaps.get(key) ?? []).includes(value) ? undefined : seen;
      }
    } catch (error) {
      seen = String(error);
    }
    if (Date.now() > deadline) return `it cannot be read from the store: ${seen}`;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

http
  .createServer(async ({ url }, answer) => {
    if (url === '/stop' || url === '/check') {
      stopped = true;
      await Promise.all(clients);
    }
    answer.end(JSON.stringify(url === '/check' ? await check() : { ...tally, durationMs: Date.now() - startedAt }));
  })
  .listen(8081);
process.on('SIGTERM', () => process.exit(0));
