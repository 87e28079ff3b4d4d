// Serves V8, the WebAssembly engine of Node.js, to trapbench, as PROTOCOL.md says:
//
//     node worker.mjs BACKEND GUEST
//
// Everything is synchronous. Nothing of Node's event loop runs between the first ask and the last
// answer, and so none of it within a slice.

import { createHash } from 'node:crypto';
import { readFileSync, readSync, writeSync } from 'node:fs';

const BACKEND = 'node-v8';
const DEPTHS = [0, 1, 4, 16, 64, 256, 1024, 4096];
const ARGUMENTS = [1, 7];
const SUM = 8;
const EXIT_CODE = 1;
const SENTINEL = -1;
/** What V8 says of a guest that executes `unreachable`. */
const UNREACHABLE = 'unreachable';

/**
 * What the host throws to stop the guest.
 *
 * Error.stackTraceLimit stays at Node's default of 10 frames, since that is what users have.
 * Capturing those frames is part of what a raise costs, and most of it in a shallow guest.
 */
class ExitCode extends Error {
  constructor(code) {
    super('the guest is to exit');
    this.code = code;
  }
}

const STRATEGIES = {
  raise: {
    entry: 'run',
    slice: sliceOfRaises,
    exits: `raise an error with the exit code ${EXIT_CODE}`,
  },
  unreachable: {
    entry: 'run_unreachable',
    slice: sliceOfTraps,
    exits: 'trap at an `unreachable`',
  },
  sentinel: {
    entry: 'run_sentinel',
    slice: sliceOfSentinels,
    exits: `return the sentinel ${SENTINEL}`,
  },
};

const [backend, path] = process.argv.slice(2);
if (backend !== BACKEND) {
  quit(2, `this worker has no backend ${backend ?? '(none given)'}, it serves ${BACKEND}`);
}
if (path === undefined) {
  quit(2, 'usage: node worker.mjs BACKEND GUEST');
}
const { hash, guests } = load(path);
/** What was verified: by case id, which guest is to do what at which depth. */
const prepared = new Map();
for (const line of lines()) {
  write(`${JSON.stringify(answer(line))}\n`);
}

function quit(status, message) {
  console.error(message);
  process.exit(status);
}

/**
 * The guest's hash, and an instance for each strategy that it serves, out of one compiled module.
 * An older guest has no `run_unreachable`.
 */
function load(path) {
  try {
    const bytes = readFileSync(path);
    const hash = createHash('sha256').update(bytes).digest('hex');
    const module = new WebAssembly.Module(bytes);
    const exported = WebAssembly.Module.exports(module).map(({ name }) => name);
    const isServed = ({ entry }) => entry !== 'run_unreachable' || exported.includes(entry);
    const strategies = Object.entries(STRATEGIES).filter(([, strategy]) => isServed(strategy));
    const guests = strategies.map(([name, strategy]) => [name, instantiate(module, strategy)]);
    return { hash, guests: new Map(guests) };
  } catch (error) {
    return quit(1, `${path} is not the guest: ${error.message}`);
  }
}

function instantiate(module, strategy) {
  // Whether to count is asked in exits and completions alike, so that a subtraction removes it.
  const host = { calls: 0, stops: false, counts: false, frames: 0 };
  const early_exit = () => {
    host.calls += 1;
    if (host.counts) host.frames = guestFrames();
    if (host.stops) throw new ExitCode(EXIT_CODE);
  };
  const should_exit = () => {
    host.calls += 1;
    if (host.counts) host.frames = guestFrames();
    return host.stops ? SENTINEL : 0;
  };
  const { exports } = new WebAssembly.Instance(module, { env: { early_exit, should_exit } });
  const { [strategy.entry]: entry, depth, completed } = exports;
  const areGlobals = [depth, completed].every((it) => it instanceof WebAssembly.Global);
  if (typeof entry !== 'function' || !areGlobals) {
    throw new Error(`it does not export ${strategy.entry}, depth and completed`);
  }
  return { strategy, entry, depth, completed, host, isWarm: false };
}

/**
 * How many of the live frames are the guest's, as the host function sees it.
 *
 * V8 walks the stack as for any error, only further, and says of each frame in which script its
 * code lies. A module is a script whose address has the scheme `wasm:`, and the guest is the only
 * module here.
 *
 * The limit is a small integer and not Infinity. That would change how V8 stores the limit, and
 * then this V8 tries to optimise ExitCode's constructor in vain, for ever, within the slices.
 */
function guestFrames() {
  const { stackTraceLimit, prepareStackTrace } = Error;
  Error.stackTraceLimit = 2 ** 30;
  Error.prepareStackTrace = (_, sites) => sites;
  try {
    const sites = new Error().stack;
    return sites.filter((site) => site.getFileName()?.startsWith('wasm:')).length;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace;
  }
}

// Each strategy has a loop of its own, so that what one of them does never changes how V8 compiles
// the other's. The exits and the completions of a strategy run the same code.

function sliceOfRaises(run, iterations) {
  const [a, b] = ARGUMENTS;
  let sums = 0;
  let exits = 0;
  const start = process.hrtime.bigint();
  for (let i = 0; i < iterations; i += 1) {
    try {
      if (run(a, b) === SUM) sums += 1;
    } catch (error) {
      if (!(error instanceof ExitCode)) throw error;
      if (error.code === EXIT_CODE) exits += 1;
    }
  }
  const nanoseconds = Number(process.hrtime.bigint() - start);
  return { nanoseconds, sums, exits };
}

function sliceOfTraps(run, iterations) {
  const [a, b] = ARGUMENTS;
  let sums = 0;
  let exits = 0;
  const start = process.hrtime.bigint();
  for (let i = 0; i < iterations; i += 1) {
    try {
      if (run(a, b) === SUM) sums += 1;
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      if (error.message === UNREACHABLE) exits += 1;
    }
  }
  const nanoseconds = Number(process.hrtime.bigint() - start);
  return { nanoseconds, sums, exits };
}

function sliceOfSentinels(run, iterations) {
  const [a, b] = ARGUMENTS;
  let sums = 0;
  let exits = 0;
  const start = process.hrtime.bigint();
  for (let i = 0; i < iterations; i += 1) {
    const value = run(a, b);
    if (value === SUM) sums += 1;
    else if (value === SENTINEL) exits += 1;
  }
  const nanoseconds = Number(process.hrtime.bigint() - start);
  return { nanoseconds, sums, exits };
}

function answer(line) {
  try {
    return meet(parse(line));
  } catch (error) {
    return { answer: 'error', reason: error.message };
  }
}

function parse(line) {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new Error(`not understood: ${error.message}; PROTOCOL.md has the asks`);
  }
}

function meet(ask) {
  switch (ask?.ask) {
    case 'hello':
      return hello();
    case 'prepare':
      return prepare(ask.case);
    case 'time':
      return time(ask);
    case 'count':
      throw new Error('this worker cannot be counted under callgrind');
    default:
      throw new Error(`not understood: ${JSON.stringify(ask)}; PROTOCOL.md has the asks`);
  }
}

function hello() {
  const { node, v8 } = process.versions;
  const series = [...guests.keys()].flatMap((it) => [`${it}/exit`, `${it}/complete`]);
  const lacking = Object.entries(STRATEGIES).filter(([name]) => !guests.has(name));
  const reason = ([name, { entry }]) => [name, `the guest has no export \`${entry}\``];
  return {
    answer: 'hello',
    protocol: 2,
    backend: BACKEND,
    versions: { 'Node.js': node, V8: v8 },
    language: 'JavaScript',
    clock: 'process.hrtime.bigint',
    own_threads: true,
    profile: 'release',
    host_frames: null,
    guests: { early_exit: hash },
    offer: [{ axis: 'depth', series, values: DEPTHS, others: true }],
    lacks: Object.fromEntries(lacking.map(reason)),
    unverified: inlines(v8) ? ['frames'] : [],
  };
}

/**
 * Whether V8 inlines functions of a module, which 12.4 does not and 12.9 does.
 *
 * It then says of an inlined function that it has a frame like any other, and nothing else tells
 * how many there really are.
 */
function inlines(v8) {
  const [major, minor] = v8.split('.').map(Number);
  return major > 12 || (major === 12 && minor > 4);
}

function prepare(id) {
  prepared.delete(id);
  const place = locate(id);
  // First of all, so that V8 compiles the same whichever case is the first.
  if (!place.guest.isWarm) warmUpGuest(place.guest);
  verifyTwice(place);
  warmUp(place, 20);
  verifyTwice(place);
  prepared.set(id, place);
  return { answer: 'verified' };
}

/** What a case id asks for. */
function locate(id) {
  const [axis, strategy, outcome, backend, value, ...more] = String(id).split('/');
  const refuse = (why) => {
    throw new Error(`${id}: ${why}`);
  };
  if (value === undefined || more.length > 0) {
    refuse('a case id is axis/strategy/outcome/backend/value');
  }
  if (backend !== BACKEND) refuse(`this worker runs ${BACKEND} alone`);
  if (axis !== 'depth') refuse(`this worker has no axis \`${axis}\``);
  if (!guests.has(strategy)) refuse(`this worker has no strategy \`${strategy}\``);
  if (outcome !== 'exit' && outcome !== 'complete') {
    refuse(`this worker has no outcome \`${outcome}\``);
  }
  const depth = Number(value);
  if (!/^(0|[1-9][0-9]*)$/.test(value) || depth >= 2 ** 31) {
    refuse(`\`${value}\` is not a whole number below 2^31`);
  }
  return { guest: guests.get(strategy), stops: outcome === 'exit', depth };
}

/** Two calls, since the first may leave something behind that the second does not bear. */
function verifyTwice(place) {
  verify(place);
  verify(place);
}

/** Makes one call by the loop that is timed, and checks all that must hold. */
function verify(place) {
  const { depth } = place;
  const ended = countingCall(place);
  checkEndings(place, ended, 1);
  checkTraces(place, 1);
  const { frames } = place.guest.host;
  if (frames !== depth + 1) {
    throw new Error(
      `at depth ${depth} the host is called with ${frames} guest frames live, not ${depth + 1}: ` +
        'a compiler or the module changed the recursion',
    );
  }
}

/**
 * Has V8 compile the guest, the host function and the loop for good, for both outcomes.
 *
 * Both are called, whichever is asked for: V8 finds code hot where it returns. A guest that has
 * only ever been left by an exception stays as it was compiled first, and the completion that is
 * subtracted from it would run other code. Frames are counted in between, since V8 throws code
 * away in which something happens for the first time. At depth 1 each call runs both functions of
 * an entry. What the calls come to is checked where it is asked for.
 */
function warmUpGuest(guest) {
  for (const stops of [false, true, false, true]) {
    const place = { guest, stops, depth: 1 };
    countingCall(place);
    warmUp(place, 50);
  }
  guest.isWarm = true;
}

/** Calls for so long. V8 compiles on other threads, and a later call goes over to the new code. */
function warmUp(place, milliseconds) {
  set(place);
  const until = performance.now() + milliseconds;
  while (performance.now() < until) {
    slice(place, 10);
  }
}

function time({ case: id, warmup, iterations }) {
  if (![warmup, iterations].every((it) => Number.isSafeInteger(it) && it >= 0)) {
    throw new Error('not understood: warmup and iterations are to be whole numbers');
  }
  if (iterations === 0) throw new Error('0 iterations take nothing');
  const place = prepared.get(id);
  if (place === undefined) throw new Error(`${id} has not been prepared`);
  set(place);
  const warm = slice(place, warmup);
  const timed = slice(place, iterations);
  checkEndings(place, warm, warmup);
  checkEndings(place, timed, iterations);
  checkTraces(place, warmup + iterations);
  return { answer: 'time', nanoseconds: timed.nanoseconds };
}

function set({ guest, stops, depth }) {
  guest.depth.value = depth;
  guest.completed.value = 0;
  guest.host.calls = 0;
  guest.host.frames = 0;
  guest.host.stops = stops;
}

/** Calls so many times by the strategy's loop. */
function slice({ guest, depth }, iterations) {
  try {
    return guest.strategy.slice(guest.entry, iterations);
  } catch (error) {
    const isTooDeep = error instanceof RangeError;
    const why = isTooDeep ? "it is too deep for Node's stack" : `the call failed: ${error}`;
    throw new Error(`at depth ${depth} ${why}`);
  }
}

/** One call in which the host function counts the guest's frames. */
function countingCall(place) {
  const { host } = place.guest;
  set(place);
  host.counts = true;
  try {
    return slice(place, 1);
  } finally {
    host.counts = false;
  }
}

function checkEndings({ guest, stops }, { sums, exits }, calls) {
  const bad = calls - (stops ? exits : sums);
  if (bad !== 0) {
    const must = stops ? guest.strategy.exits : `return the sum ${SUM}`;
    throw new Error(`${bad} of ${calls} calls did not ${must}`);
  }
}

/** Checks what so many calls have left behind since the guest was set. */
function checkTraces({ guest, stops, depth }, calls) {
  const { host, completed } = guest;
  if (host.calls !== calls) {
    throw new Error(`the host was called ${host.calls} times in ${calls} calls of the guest`);
  }
  const [expected, what] = stops ? [0, 'an exiting'] : [1, 'a completing'];
  if (completed.value !== expected) {
    throw new Error(`\`completed\` is ${completed.value} after ${what} call, not ${expected}`);
  }
  if (guest.depth.value !== depth) {
    throw new Error(`the guest changed \`depth\` from ${depth} to ${guest.depth.value}`);
  }
}

/** The lines of standard input, until it ends. */
function* lines() {
  const chunk = Buffer.alloc(65536);
  let rest = Buffer.alloc(0);
  for (;;) {
    const length = patiently(() => readSync(0, chunk));
    if (length === 0) break;
    rest = Buffer.concat([rest, chunk.subarray(0, length)]);
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      yield rest.toString('utf8', 0, end);
      rest = rest.subarray(end + 1);
    }
  }
  if (rest.length > 0) yield rest.toString();
}

function write(text) {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    const length = patiently(() => writeSync(1, rest));
    rest = rest.subarray(length);
  }
}

/** Reads or writes, and tries again while a pipe that does not block has nothing to give. */
function patiently(io) {
  for (;;) {
    try {
      return io();
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
