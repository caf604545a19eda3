/**
 * The whole life of a context, from facts that were recorded.
 *
 * @import { ContextState } from '../history.js'
 * @import { ScopeEvent, SessionSaved, Snapshot } from '../events.js'
 * @import { Store } from '../isolation.js'
 */

import { contextName } from '../events.js';
import { contextAt } from '../history.js';
import { partnersOf } from '../isolation.js';
import { contextTitle, laneName, requestName, shortTitle, valueText } from '../naming.js';

/** Events that are read for one card; a context that lives longer is told as far as this. */
const MOST_EVENTS = 50_000;

/** @typedef {{ name: string, before: string | null, after: string | null }} Change  null: the name was not there. */

/**
 * @typedef {object} Card
 * @property {number} id
 * @property {string} title
 * @property {string} request  `GET /cart`; empty without one.
 * @property {string} pushedBy  A sentence.
 * @property {number} pushedAt  Its step, from 1; 0 when that was before what is kept.
 * @property {number | null} site  The line that pushed it.
 * @property {string} lane
 * @property {number | null} reused
 * @property {number | null} partner  The other context of the same request.
 * @property {string} end  A sentence.
 * @property {number | null} endedAt  Its step, from 1.
 * @property {number | null} livedNs
 * @property {string | null} view
 * @property {{ status: number, durationNs: number } | null} response
 * @property {{ owner: number, changes: Change[], unseen: string | null } | null} g
 * @property {{ changes: Change[], opened: string, saved: { written: boolean, why: string, cookieBytes: number | null, late: boolean } | null, pending: boolean } | null} session
 * @property {{ name: string, level: string, durationNs: number, failed: string | null }[]} teardowns
 * @property {{ type: string, message: string, handled: boolean, site: number | null, step: number }[]} exceptions
 */

const HOWS = {
  request: 'Flask, for a request',
  'by hand': 'your code, by hand',
  'test client': 'the test client',
  cli: 'a command of Flask',
  copy: 'a copy of a request context',
  stream: 'a stream that goes on after its request',
};

const ORIGINS = /** @type {Record<string, string>} */ ({
  new: 'new, no cookie came', cookie: 'from the cookie', refused: 'the cookie was refused', null: 'none, the app has no secret key', given: 'handed over',
});

/**
 * @param {Store} store
 * @param {number} id  Of a context.
 * @returns {Card | null} null when nothing is known of it.
 */
export function cardOf(store, id) {
  const last = store.size - 1;
  const context = contextAt(store, id, last);
  if (context === null) return null;
  const { about } = context;
  const ids = partnersOf(store, id);
  const partner = ids.find((other) => other !== id) ?? null;
  const events = eventsOf(store, ids, context);
  const own = events.filter(({ event }) => event.context === id);
  const push = own.find(({ event }) => event.kind === 'context.pushed');
  const pop = own.findLast(({ event }) => event.kind === 'context.popped');
  const matched = events.find(({ event }) => event.kind === 'request.matched')?.event;
  const finished = events.findLast(({ event }) => event.kind === 'request.finished')?.event;
  const hasPopped = context.poppedAt !== null && pop?.event.kind === 'context.popped';
  return {
    id,
    title: contextTitle(about),
    request: requestName(about) ?? '',
    pushedBy: `Pushed by ${HOWS[about.how] ?? about.how}`,
    pushedAt: push === undefined ? 0 : push.index + 1,
    site: push?.event.site ?? null,
    lane: context.lane === null ? about.thread : laneName(store, context.lane),
    reused: about.reused ?? null,
    partner,
    end: endOf(context, pop?.event),
    endedAt: hasPopped ? /** @type {number} */ (context.poppedAt) + 1 : null,
    livedNs: hasPopped && pop.event.kind === 'context.popped' ? pop.event.durationNs : null,
    view: matched?.kind === 'request.matched' ? matched.endpoint : null,
    response: finished?.kind === 'request.finished' ? { status: finished.status, durationNs: finished.durationNs } : null,
    g: gOf(store, ids, context, push?.index ?? store.firstIndex),
    session: sessionOf(store, ids),
    teardowns: events.flatMap(({ event }) => (event.kind !== 'teardown' ? []
      : [{ name: event.name, level: event.level, durationNs: event.durationNs, failed: event.failure?.type ?? null }])),
    exceptions: events.flatMap(({ event, index }) => (event.kind !== 'exception' ? []
      : [{ type: event.type, message: event.message, handled: event.handled, site: event.site, step: index + 1 }])),
  };
}

/** @param {Store} store @param {number[]} ids @param {ContextState} context */
function eventsOf(store, ids, context) {
  const states = ids.map((id) => contextAt(store, id, store.size - 1));
  const from = Math.max(store.firstIndex, Math.min(...states.map((one) => one?.pushedAt ?? context.pushedAt)));
  const ends = states.map((one) => one?.poppedAt ?? store.size - 1);
  const to = Math.min(Math.max(...ends), from + MOST_EVENTS);
  /** @type {{ event: ScopeEvent, index: number }[]} */
  const found = [];
  for (let index = from; index <= to && index < store.size; index += 1) {
    const event = store.at(index);
    if (event.context !== null && ids.includes(event.context)) found.push({ event, index });
  }
  return found;
}

/** @param {ContextState} context @param {ScopeEvent | undefined} pop */
function endOf(context, pop) {
  if (context.abandoned) return 'Never popped: its thread ended';
  if (context.poppedAt === null || pop?.kind !== 'context.popped') return 'Still pushed';
  if (pop.failure) return `Popped, and that raised ${pop.failure.type}`;
  return pop.unhandled ? `Popped by ${pop.unhandled.type}` : 'Popped';
}

/**
 * @param {Store} store
 * @param {number[]} ids  Of its request.
 * @param {ContextState} context
 * @param {number} from  Where it was pushed.
 * @returns {Card['g']}
 */
function gOf(store, ids, context, from) {
  const last = store.size - 1;
  const { reused } = context.about;
  // It was there before, and may be there after: of its g only what changed meanwhile belongs to this context.
  const owner = reused !== undefined ? contextAt(store, reused, context.poppedAt ?? last)
    : [context, ...ids.map((one) => contextAt(store, one, last))].find((one) => one?.ownsG) ?? null;
  if (owner === null) return null;
  const before = (reused === undefined ? null : contextAt(store, reused, from - 1)?.g) ?? owner.about.g ?? new Map();
  return { owner: owner.id, changes: changesOf(before, owner.g), unseen: owner.about.gUnseen ?? null };
}

/** @param {Map<string, Snapshot>} before @param {Map<string, Snapshot>} after @returns {Change[]} */
function changesOf(before, after) {
  return [...new Set([...before.keys(), ...after.keys()])].map((name) => ({ name, before: textIn(before, name), after: textIn(after, name) }));
}

/** @param {Map<string, Snapshot>} values @param {string} name */
function textIn(values, name) {
  const value = values.get(name);
  return value === undefined ? null : valueText(value);
}

/** @param {Store} store @param {number[]} ids @returns {Card['session']} */
function sessionOf(store, ids) {
  for (const id of ids) {
    const session = contextAt(store, id, store.size - 1)?.session ?? null;
    if (session === null) continue;
    const { opened, saved } = session;
    return {
      changes: changesOf(new Map(opened?.items.map(({ key, value }) => [key, value]) ?? []), session.items),
      opened: opened === null ? 'its opening is not kept' : ORIGINS[opened.origin] ?? opened.origin,
      saved: saved === null ? null : savedOf(saved),
      pending: session.pending,
    };
  }
  return null;
}

/** @param {SessionSaved} saved */
function savedOf({ written, why, cookieBytes, late }) {
  return { written, why, cookieBytes, late };
}

/**
 * @param {Store} store
 * @param {number} id
 * @returns {string} `app context #3`
 */
export function titleOf(store, id) {
  const context = contextAt(store, id, store.size - 1);
  return context === null ? contextName(id) : shortTitle(context.about);
}
