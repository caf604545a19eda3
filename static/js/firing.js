/**
 * Fires what the server listed: a request to the app from this browser, or a scenario on the server.
 *
 * @import { Result, Scenario } from './protocol.js'
 */

import { readMessage } from './protocol.js';

/** The header by which the server tells which request this page fired. */
export const FIRE_HEADER = 'X-FlaskScope-Fire';

/** Of an answer as much is shown as a card holds. */
const SHOWN_CHARACTERS = 20_000;

/**
 * What came of it.
 *
 * @typedef {object} Outcome
 * @property {Scenario} scenario
 * @property {string} fire  The id that was given to it.
 * @property {boolean} ok
 * @property {number | null} exitStatus  Of a process that the scenario ran.
 * @property {string} summary  One sentence.
 * @property {string | null} output  Text as it came.
 * @property {number} seconds
 * @property {boolean} truncated
 */

/**
 * Ids by which this browser knows its own requests again, also after a reload and in its other tabs.
 *
 * @param {{ read: (key: string) => string | null, keep: (key: string, value: string) => void }} storage
 * @param {() => string} [random]  A few letters and digits.
 */
export function fireIds(storage, random = () => Math.random().toString(36).slice(2, 8).padEnd(6, '0')) {
  const browser = storage.read('flaskscope.browser') ?? random();
  storage.keep('flaskscope.browser', browser);
  const tab = random();
  let count = 0;
  return {
    next: () => `${browser}-${tab}-${(count += 1)}`,
    /** @param {string | undefined} fired */
    isOwn: (fired) => fired !== undefined && fired.startsWith(`${browser}-`),
  };
}

/**
 * Fire a scenario, and wait for what comes of it. Never rejects: what fails is told in the outcome.
 *
 * @param {Scenario} scenario
 * @param {object} parts
 * @param {() => string} parts.nextId
 * @param {string} parts.address  The directory of the dashboard, ending in a slash.
 * @param {(url: string, init: any) => Promise<Response>} [parts.request]
 * @param {() => number} [parts.now]  Milliseconds.
 * @returns {Promise<Outcome[]>} One for each request; never empty.
 */
export async function fire(scenario, {
  nextId, address, request = (url, init) => fetch(url, init), now = () => performance.now(),
}) {
  if (scenario.does === 'scenario') return [await runScenario(scenario, { nextId, address, request, now })];
  const times = Math.max(1, scenario.times);
  return Promise.all(Array.from({ length: times }, () => sendRequest(scenario, { nextId, request, now })));
}

/** @typedef {{ nextId: () => string, request: (url: string, init: any) => Promise<Response>, now: () => number }} Parts */

/** @param {Scenario} scenario @param {Parts} parts @returns {Promise<Outcome>} */
async function sendRequest(scenario, { nextId, request, now }) {
  const id = nextId();
  const began = now();
  try {
    const response = await request(scenario.path ?? '/', {
      method: scenario.method,
      headers: { [FIRE_HEADER]: id },
      // Chromium lets requests to one address wait for each other unless they bypass the cache.
      cache: 'no-store',
      redirect: 'manual',
    });
    const body = await response.text();
    const answered = response.type === 'opaqueredirect' ? 'a redirect' : `${response.status} ${response.statusText}`.trim();
    const isPage = (response.headers.get('content-type') ?? '').startsWith('text/html');
    return {
      scenario,
      fire: id,
      ok: response.type === 'opaqueredirect' || response.status < 500,
      exitStatus: null,
      summary: `The app answered ${answered}.`,
      output: body === '' ? null : (isPage ? textOfPage(body) : body.trim()).slice(0, SHOWN_CHARACTERS),
      seconds: (now() - began) / 1000,
      truncated: body.length > SHOWN_CHARACTERS,
    };
  } catch (error) {
    return unanswered(scenario, id, (now() - began) / 1000, error);
  }
}

/** @param {Scenario} scenario @param {Parts & { address: string }} parts @returns {Promise<Outcome>} */
async function runScenario(scenario, { nextId, address, request, now }) {
  const id = nextId();
  const began = now();
  try {
    const response = await request(`${address}fire/${encodeURIComponent(scenario.name)}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ fire: id }),
      cache: 'no-store',
    });
    const text = await response.text();
    const seconds = (now() - began) / 1000;
    return readAnswer(scenario, id, seconds, response, text);
  } catch (error) {
    return unanswered(scenario, id, (now() - began) / 1000, error);
  }
}

/** @param {Scenario} scenario @param {string} id @param {number} seconds @param {Response} response @param {string} text @returns {Outcome} */
function readAnswer(scenario, id, seconds, response, text) {
  /** @type {import('./protocol.js').Message | null} */
  let message = null;
  try {
    message = readMessage(text);
  } catch {
    // An answer that is no message of ours, a proxy's error page say, is told by its status below.
  }
  if (message?.type === 'result') return outcomeOf(scenario, id, message);
  const summary = message?.type === 'error'
    ? `${message.what} ${message.remedy}`
    : `The server answered ${response.status} ${response.statusText}`.trim() + '.';
  return { scenario, fire: id, ok: false, exitStatus: null, summary, output: null, seconds, truncated: false };
}

/** @param {Scenario} scenario @param {string} id @param {Result} result @returns {Outcome} */
function outcomeOf(scenario, id, result) {
  const { ok, exitStatus, summary, output, seconds, truncated } = result;
  return { scenario, fire: id, ok, exitStatus, summary, output, seconds, truncated };
}

/** @param {Scenario} scenario @param {string} id @param {number} seconds @param {unknown} error @returns {Outcome} */
function unanswered(scenario, id, seconds, error) {
  const why = error instanceof Error && error.message !== '' ? error.message : String(error);
  return {
    scenario,
    fire: id,
    ok: false,
    exitStatus: null,
    summary: `No answer came (${why}). Is the server still running?`,
    output: null,
    seconds,
    truncated: false,
  };
}

/** The words of an error page, without its markup. @param {string} html */
export function textOfPage(html) {
  return html
    .replace(/<(style|script|head)\b.*?<\/\1>/gis, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&#39;/g, "'").replace(/&amp;/g, '&')
    .replace(/[ \t]+/g, ' ')
    .replace(/\s*\n\s*/g, '\n')
    .trim();
}
