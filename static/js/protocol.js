/**
 * The messages of the wire. With event-row.js this is the only JavaScript that knows its names.
 *
 * @import { Lane, Site } from './events.js'
 * @import { Row } from './event-row.js'
 * @import { Stretch } from './stretches.js'
 */

import { ProtocolError, shortened } from './event-row.js';
import { readStretches } from './stretches.js';

export const PROTOCOL_VERSION = 1;

/**
 * What can be fired from the page.
 *
 * @typedef {object} Scenario
 * @property {string} name
 * @property {string} title
 * @property {string} hint
 * @property {'request' | 'without' | 'wrong'} group
 * @property {'request' | 'scenario'} does  Whether the page requests a path of the app itself, or asks the
 *   server to run the scenario.
 * @property {string} method
 * @property {string | null} path
 * @property {number} times  How many requests at once.
 * @property {string | null} [rule]  The doctor's rule that it breaks.
 * @property {string | null} [mends]  The name of the fault that it does the right way.
 */

/**
 * What the doctor found.
 *
 * @typedef {object} Problem
 * @property {'problem'} type
 * @property {number} number  1, 2, 3 … within its run.
 * @property {string} rule
 * @property {'error' | 'warning'} severity
 * @property {string} sentence  What happened, with code between backticks.
 * @property {string} why
 * @property {string} remedy  A few lines of Python.
 * @property {string} link  A page of documentation; empty when it is no address of the web.
 * @property {number[]} events  Numbers of the events that prove it, in the order to look at them.
 * @property {number[]} sites
 * @property {boolean} heuristic  Whether a healthy app might show the same.
 * @property {string | null} flask  The versions of Flask that are concerned; null for all, or where it is not told.
 * @property {string | null} run  Of another process; null for the recording that is followed.
 */

/** @typedef {{ method: string, rule: string, endpoint: string, arguments: string[] }} Route */

/**
 * @typedef {object} Hello
 * @property {'hello'} type
 * @property {string} run
 * @property {{ name: string, root: string, mount: string }} app  `mount`: the path that the app is under, without a slash at its end.
 * @property {{ pid: number, name: string, host: string | null, siblings: 'unseen' | 'hub' | null }} process  `siblings`: where the
 *   events of the server's other processes are; null where there are none, or they come here.
 * @property {Record<string, string>} versions
 * @property {{ monotonicNs: bigint, unixMs: number }} clock  Both taken at `atNs` = 0.
 * @property {number} first
 * @property {number} last
 * @property {{ maxEvents: number, stack: 'separate' | 'merged', gReads: boolean, redact: string[],
 *   editor: string | null, record: 'always' | 'watched', without?: string[] | null }} settings  `record`: whether anything
 *   is while nobody looks. `without`: kinds that are left out by choice; null where there is none.
 * @property {Lane[]} lanes
 * @property {Site[]} sites
 * @property {any[]} contexts  Raw `about` objects, for `decodeAbout`.
 * @property {Scenario[]} scenarios
 * @property {Route[]} routes  Of the watched app.
 * @property {{ dropped: number, failures: number, leftOut?: number }} counts
 * @property {{ name: string, unixMs: number | null, stretches?: Stretch[] } | null} recording  The file that is shown,
 *   when it was begun, and its labelled stretches; null while an app is running.
 */
/**
 * Another process that sends its events to the same hub.
 *
 * @typedef {object} Process
 * @property {'process'} type
 * @property {string} run
 * @property {'live' | 'away' | 'ended'} state
 * @property {number} first
 * @property {number} last
 * @property {Lane[]} lanes
 * @property {Site[]} sites
 * @property {{ name: string, root: string }} app
 * @property {{ pid: number, name: string, host: string | null }} process
 * @property {{ unixMs: number, uncertaintyMs: number | null }} clock  `unixMs`: by the hub's clock, at `atNs` = 0.
 *   `uncertaintyMs`: right within plus or minus so much; null when it was not measured.
 * @property {any[]} contexts  Raw `about` objects, for `decodeAbout`.
 */
/** @typedef {{ type: 'events', run: string | null, from: number, to: number, lanes: Lane[], sites: Site[],
 *   rows: Row[] }} Events  `run`: of another process; null for the recording that is followed. */
/** @typedef {{ type: 'lost', run: string | null, from: number | null, to: number | null, count: number,
 *   where: string, why: string }} Lost */
/** @typedef {{ type: 'result', scenario: string, fire: string | null, ok: boolean, seconds: number,
 *   exitStatus: number | null, output: string | null, summary: string, truncated: boolean }} Result */
/** @typedef {{ type: 'settings', without: string[], leftOut: number }} SettingsMessage  What is not recorded by choice. */
/** @typedef {{ type: 'error', what: string, value: string | null, remedy: string }} WireError */
/** @typedef {Hello | Process | Events | Lost | Problem | Result | SettingsMessage | WireError} Message */

/**
 * A message from the server.
 *
 * @param {string} text
 * @returns {Message | null} null for a type this page does not know: newer servers of the same protocol
 *   may send more.
 * @throws {ProtocolError} when it is not a message of this protocol.
 */
export function readMessage(text) {
  /** @type {any} */
  let wire;
  try {
    wire = JSON.parse(text);
  } catch {
    throw new ProtocolError(`The server sent something that is not JSON: ${shortened(text)}. Reload the page.`);
  }
  if (typeof wire !== 'object' || wire === null || typeof wire.type !== 'string') {
    throw new ProtocolError(`The server sent something that is not a message: ${shortened(text)}. Reload the page.`);
  }
  if (wire.v !== PROTOCOL_VERSION) {
    throw new ProtocolError(
      `Server speaks protocol ${wire.v}, this page ${PROTOCOL_VERSION}: reload the page (Ctrl+Shift+R).`,
    );
  }
  switch (wire.type) {
    case 'hello':
      return readHello(wire);
    case 'events':
      return {
        type: 'events',
        run: wire.run ?? null,
        from: wire.from,
        to: wire.to,
        lanes: readLanes(wire.lanes),
        sites: readSites(wire.sites),
        rows: wire.rows,
      };
    case 'lost':
      return { type: 'lost', run: wire.run ?? null, from: wire.from, to: wire.to, count: wire.count, where: wire.where, why: wire.why };
    case 'process':
      return readProcess(wire);
    case 'problem':
      return readProblem(wire);
    case 'result':
      return {
        type: 'result',
        scenario: wire.scenario,
        fire: wire.fire,
        ok: wire.ok,
        seconds: wire.seconds,
        exitStatus: wire.exit_status,
        output: wire.output,
        summary: wire.summary,
        truncated: wire.truncated,
      };
    case 'settings':
      return { type: 'settings', without: wire.without.map(String), leftOut: wire.left_out };
    case 'error':
      return { type: 'error', what: wire.what, value: wire.value, remedy: wire.remedy };
    default:
      return null;
  }
}

/**
 * The one message that the page sends.
 *
 * @param {number} after  The last number this page holds; 0 for everything that is kept.
 * @param {string | null} run  The run those numbers belong to.
 * @param {Record<string, number>} [processes]  The last number this page holds of each other process; left out,
 *   nothing is sent of them.
 * @returns {string}
 */
export function followMessage(after, run, processes) {
  return JSON.stringify({ v: PROTOCOL_VERSION, type: 'follow', after, run, processes });
}

/** @param {unknown} wire @returns {'unseen' | 'hub' | null} */
function readSiblings(wire) {
  return wire === 'unseen' || wire === 'hub' ? wire : null;
}

/** @param {any} wire @returns {Hello} */
function readHello(wire) {
  return {
    type: 'hello',
    run: wire.run,
    app: { name: wire.app.name, root: wire.app.root, mount: wire.app.mount ?? '' },
    process: { pid: wire.process.pid, name: wire.process.name, host: wire.process.host ?? null, siblings: readSiblings(wire.process.siblings) },
    versions: wire.versions,
    clock: { monotonicNs: BigInt(wire.clock.monotonic_ns), unixMs: wire.clock.unix_ms },
    first: wire.first,
    last: wire.last,
    settings: {
      maxEvents: wire.settings.max_events,
      stack: wire.settings.stack,
      gReads: wire.settings.g_reads,
      redact: wire.settings.redact,
      editor: wire.settings.editor,
      record: wire.settings.record === 'watched' ? 'watched' : 'always',
      without: wire.settings.without?.map(String) ?? null,
    },
    lanes: readLanes(wire.lanes),
    sites: readSites(wire.sites),
    contexts: wire.contexts,
    scenarios: wire.scenarios.map((/** @type {any} */ scenario) => ({
      name: scenario.name,
      title: scenario.title,
      hint: scenario.hint,
      group: scenario.group,
      does: scenario.does,
      method: scenario.method ?? 'GET',
      path: scenario.path ?? null,
      times: scenario.times ?? 1,
      ...(scenario.rule == null ? {} : { rule: String(scenario.rule) }),
      ...(scenario.mends == null ? {} : { mends: String(scenario.mends) }),
    })),
    routes: wire.routes ?? [],
    counts: { ...wire.counts, leftOut: wire.counts.left_out ?? 0 },
    recording: wire.recording == null ? null : { name: String(wire.recording.name), unixMs: wire.recording.unix_ms ?? null, ...readStretches(wire.recording.stretches) },
  };
}

/** @param {any} wire @returns {Process} */
function readProcess(wire) {
  return {
    type: 'process',
    run: wire.run,
    state: wire.state === 'live' || wire.state === 'ended' ? wire.state : 'away',
    first: wire.first,
    last: wire.last,
    lanes: readLanes(wire.lanes),
    sites: readSites(wire.sites),
    app: wire.app,
    process: { pid: wire.process.pid, name: wire.process.name, host: wire.process.host ?? null },
    clock: {
      unixMs: wire.clock.unix_ms + (wire.clock.offset_ms ?? 0),
      uncertaintyMs: wire.clock.uncertainty_ms ?? null,
    },
    contexts: wire.contexts,
  };
}

/** @param {any} wire @returns {Problem} */
function readProblem(wire) {
  return {
    type: 'problem',
    number: wire.number,
    rule: wire.rule,
    severity: wire.severity === 'error' ? 'error' : 'warning',
    sentence: wire.sentence,
    why: wire.why,
    remedy: wire.remedy,
    // Nothing but a page of the web may come of a link in a message.
    link: /^https?:\/\//.test(wire.link) ? wire.link : '',
    events: wire.events,
    sites: wire.sites,
    heuristic: wire.heuristic,
    flask: wire.flask ?? null,
    run: wire.run ?? null,
  };
}

/** @param {any[]} wire @returns {Lane[]} */
function readLanes(wire) {
  return wire.map(([id, name, process]) => ({ id, name, process }));
}

/** @param {any[]} wire @returns {Site[]} */
function readSites(wire) {
  return wire.map(([id, path, line, name]) => ({ id, path, line, function: name }));
}
