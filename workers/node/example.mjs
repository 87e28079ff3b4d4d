// The two strategies in a plain loop, without the suite, to check its figures against:
//
//     node example.mjs GUEST

import { readFileSync } from 'node:fs';

class ExitCode extends Error {
  constructor(code) {
    super('the guest is to exit');
    this.code = code;
  }
}

let stops;
const env = {
  early_exit() {
    if (stops) throw new ExitCode(1);
  },
  should_exit() {
    return stops ? -1 : 0;
  },
};
const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const { run, run_sentinel, depth } = new WebAssembly.Instance(module, { env }).exports;

function raise(calls) {
  let stopped = 0;
  for (let i = 0; i < calls; i += 1) {
    try {
      run(1, 7);
    } catch (error) {
      if (!(error instanceof ExitCode)) throw error;
      stopped += error.code;
    }
  }
  return stopped;
}

function sentinel(calls) {
  let stopped = 0;
  for (let i = 0; i < calls; i += 1) {
    if (run_sentinel(1, 7) < 0) stopped += 1;
  }
  return stopped;
}

function nanosecondsPerCall(strategy, calls) {
  const start = process.hrtime.bigint();
  const stopped = strategy(calls);
  const nanoseconds = Number(process.hrtime.bigint() - start);
  if (stopped !== (stops ? calls : 0)) throw new Error(`${stopped} of ${calls} calls were stopped`);
  return nanoseconds / calls;
}

const series = [raise, sentinel].flatMap((strategy) =>
  [true, false].map((stop) => ({ strategy, stop, times: [] })),
);
for (const guestDepth of [0, 16]) {
  depth.value = guestDepth;
  for (const one of series) one.times = [];
  for (let round = 0; round < 120; round += 1) {
    for (const { strategy, stop, times } of series) {
      stops = stop;
      const time = nanosecondsPerCall(strategy, strategy === raise && stop ? 200 : 10_000);
      // The first rounds warm V8 up.
      if (round >= 20) times.push(time);
    }
  }
  for (const { strategy, stop, times } of series) {
    const median = times.sort((a, b) => a - b)[times.length / 2];
    const what = `${strategy.name}/${stop ? 'exit' : 'complete'}`;
    console.log(`${what} at depth ${guestDepth}: ${median.toFixed(1)} ns a call`);
  }
}
