/**
 * Brought into the page before it loads: fills the page's own store with requests, without a server.
 *
 * `flood({ contexts, problem })` resolves with the number of events. With `problem: 'one'` there is one exception in
 * all of them, with `'some'` one in a hundred requests, with `'none'` none. The same arguments make the same events.
 * `fill(story(options))` is the same in two steps.
 * `drawCalls()` are the calls that drew since it was last asked.
 */

const LANES = 8;
const ROWS_OF_A_BATCH = 5_000;

/** The page gives its store to nobody; but its class is a module, the same for everybody who imports it. */
if (location.pathname.startsWith('/_flaskscope/')) {
  import('/_flaskscope/static/js/event-store.js').then(({ EventStore }) => {
    const own = EventStore.prototype.append;
    EventStore.prototype.append = function append(...given) {
      window.floodedStore = this;
      return own.apply(this, given);
    };
  });
}

/** Resolves when the page has its store. Waiting from outside would need eval, which the page's policy forbids. */
window.floodReady = async () => {
  const began = performance.now();
  while (window.floodedStore === undefined) {
    if (performance.now() - began > 15_000) throw new Error('the page took no message within 15 s');
    await new Promise(requestAnimationFrame);
  }
};

/** Calls that drew since they were last asked for; null as long as nobody asked. @type {number | null} */
let calls = null;

/** Counting costs what a benchmark measures: nothing is counted before it is asked for. */
function countCalls() {
  for (const name of ['fillRect', 'strokeRect', 'fillText', 'fill', 'stroke', 'putImageData', 'drawImage']) {
    for (const type of [CanvasRenderingContext2D, OffscreenCanvasRenderingContext2D]) {
      const own = type.prototype[name];
      type.prototype[name] = function counted(...given) {
        calls += 1;
        return own.apply(this, given);
      };
    }
  }
}

window.drawCalls = () => {
  if (calls === null) countCalls();
  const count = calls ?? 0;
  calls = 0;
  return count;
};

/** Who waits for the next frame that draws; null as long as nobody did. */
let waiting = null;

/** Every painting of the timeline fills its ground: that is the one call that is looked at. */
function watchPaintings() {
  const { port1, port2 } = new MessageChannel();
  let isTold = false;
  const own = CanvasRenderingContext2D.prototype.fillRect;
  CanvasRenderingContext2D.prototype.fillRect = function watched(x, y, width, height) {
    if (!isTold && waiting.length > 0) {
      isTold = true;
      port1.postMessage(null);
    }
    own.call(this, x, y, width, height);
  };
  port2.onmessage = () => {
    isTold = false;
    const done = waiting;
    waiting = [];
    for (const one of done) one();
  };
}

/** Resolves in the first task after the next frame that draws: by then it is painted. */
window.painted = () => {
  if (waiting === null) {
    waiting = [];
    watchPaintings();
  }
  return new Promise((done) => waiting.push(done));
};

/** A random number below 1, the same ones each time. */
function randomly() {
  let seed = 20_260;
  return () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
}

/** Requests in lanes, sorted by time: `[at, kind, lane, context, fields]`. */
window.story = ({ contexts, problem = 'some', firstContext = 1_000_000, startNs = 60e9 }) => {
  const random = randomly();
  const rows = [];
  const free = new Array(LANES).fill(startNs);
  let context = firstContext;
  const add = (at, kind, lane, id, ...fields) => rows.push([Math.round(at), kind, lane + 500, id, fields]);
  while (context - firstContext < contexts) {
    const lane = free.indexOf(Math.min(...free));
    const at = free[lane];
    const life = 4e6 * Math.exp((random() + random() + random() - 1.5) * 1.6);
    const isMiddle = Math.abs(context - firstContext - contexts / 2) < 2;
    const fails = problem === 'some' ? random() < 0.01 : problem === 'one' && isMiddle && !rows.some((row) => row[1] === 'exception');
    const app = (context += 1);
    const request = (context += 1);
    const about = (id, type, sees, more) => ({ id, type, how: 'request', app: 'shop', thread: `Thread-${lane}`, pushes: 1, sees, ...more });
    add(at, 'context.pushed', lane, app, about(app, 'app', [app, null], { implicit: true }));
    add(at + 80e3, 'context.pushed', lane, request, about(request, 'request', [app, request], { method: 'GET', path: `/orders/${context % 90}` }));
    add(at + life * 0.2, 'g.set', lane, app, 'user', ["'ada'", 'str', 3, 0]);
    if (random() < 0.2) {
      const byHand = (context += 1);
      add(at + life * 0.3, 'context.pushed', lane, byHand, about(byHand, 'app', [byHand, request], { how: 'by hand' }));
      add(at + life * 0.6, 'context.popped', lane, byHand, life * 0.3, null, null, 0, [app, request]);
    }
    if (fails) add(at + life * 0.8, 'exception', lane, request, 'KeyError', "'order'");
    add(at + life, 'context.popped', lane, request, life, fails ? ['KeyError', "'order'"] : null, null, 0, [app, null]);
    add(at + life + 10e3, 'context.popped', lane, app, life, null, null, 0, [null, null]);
    free[lane] = at + life + 20e3 + random() * (random() < 0.05 ? 80e6 : 2e6);
  }
  return rows.sort((a, b) => a[0] - b[0]);
};

window.flood = (options) => window.fill(window.story(options));

window.fill = async (rows) => {
  const store = window.floodedStore;
  let number = store.lastNumber;
  const lanes = Array.from({ length: LANES }, (_, i) => ({ id: 500 + i, name: `Thread-${i + 1}`, process: 1 }));
  for (let i = 0; i < rows.length; i += ROWS_OF_A_BATCH) {
    const batch = rows.slice(i, i + ROWS_OF_A_BATCH).map(([at, kind, lane, id, fields]) => [(number += 1), at, kind, lane, id, null, ...fields]);
    store.append({ type: 'events', from: batch[0][0], to: number, lanes, sites: [], rows: batch });
    // The page paints in between, as it does when events come from a server.
    if (i % (ROWS_OF_A_BATCH * 10) === 0) await new Promise(requestAnimationFrame);
  }
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return rows.length;
};
