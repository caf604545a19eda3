/**
 * What a sentence about a step can draw on.
 *
 * @import { About, ScopeEvent, Snapshot } from '../events.js'
 * @import { EventStore } from '../event-store.js'
 * @import { ContextState, LaneState } from '../history.js'
 * @import { Phrase } from '../phrases.js'
 */

import { contextName } from '../events.js';
import { contextAt, stateAt } from '../history.js';
import { assignment, contextTitle, laneName, requestName, siteName, typeName } from '../naming.js';
import { code, listing, say } from '../phrases.js';

/** @typedef {Pick<EventStore, 'size' | 'at' | 'runs' | 'runAt' | 'processes' | 'gaps' | 'lanes' | 'sites' | 'lostBefore' | 'firstIndex'>} Store */
/** @typedef {ReturnType<typeof sceneAt>} Scene */

/**
 * @param {Store} store
 * @param {number} step  Of an event in the store.
 */
export function sceneAt(store, step) {
  const event = store.at(step);
  const state = stateAt(store, step);
  const own = state.lanes.find((lane) => lane.lane === event.lane);
  return {
    store,
    step,
    event,
    state,
    own,
    /** The thread's name. */
    lane: laneName(store, event.lane),
    /** The context the event belongs to, as it is after it. */
    context: event.context === null ? null : contextAt(store, event.context, step),
    /** The same context as it was before the event. */
    before: event.context === null ? null : contextAt(store, event.context, step - 1),
    /** The line of the user's code, as code; null where no user code did it. */
    site: siteCode(store, event),
  };
}

/** @param {Store} store @param {ScopeEvent} event */
function siteCode(store, event) {
  const name = event.site === null ? null : siteName(store.sites.get(event.site));
  return name === null ? null : code(name);
}

/** @param {Scene} scene @param {number} id @returns {Phrase} `app context #3` */
export function naming(scene, id) {
  const context = contextAt(scene.store, id, scene.step);
  return [context === null ? `context ${contextName(id)}` : contextTitle(context.about)];
}

/** @param {About} about @returns {Phrase} ` for GET /cart`, or nothing */
export function forRequest(about) {
  const request = requestName(about);
  return request === null ? [] : say` for ${code(request)}`;
}

/** @param {Map<string, Snapshot>} values @returns {Phrase} `user` and `basket` */
export function names(values) {
  return listing([...values.keys()].map(code));
}

/** @param {Map<string, Snapshot>} values @returns {Phrase} `user = 'ada'` and `n = 1` */
export function assignments(values) {
  return listing([...values].map(([name, value]) => code(assignment(name, value))), 2);
}

/** The contexts beneath one on its own lane, the nearest first. @param {Scene} scene @param {number} id @returns {ContextState[]} */
export function beneath(scene, id) {
  const stack = scene.own?.stack ?? [];
  const at = stack.findIndex((context) => context.id === id);
  return at < 0 ? [] : stack.slice(0, at).reverse();
}

/** The nearest context beneath whose `g` is hidden. @param {Scene} scene @param {number} id */
export function hiddenOwner(scene, id) {
  return beneath(scene, id).find((context) => context.ownsG && context.id !== id) ?? null;
}

/** Other threads that have a `g` of their own right now. @param {Scene} scene @returns {LaneState[]} */
export function othersWithG(scene) {
  return scene.state.lanes.filter((lane) => lane.lane !== scene.event.lane && lane.sees.g !== null);
}

export { contextName, contextTitle, laneName, typeName };
