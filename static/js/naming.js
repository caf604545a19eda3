/**
 * Names for people: of lanes, contexts, places and values.
 *
 * @import { About, Site, Snapshot } from './events.js'
 * @import { EventStore } from './event-store.js'
 */

import { REDACTED, contextName } from './events.js';

/**
 * @param {Pick<EventStore, 'lanes'> & Partial<Pick<EventStore, 'processOf'>>} store
 * @param {number} lane
 * @returns {string} `Thread-1`; of another process `flask count`, or `worker: Thread-1` for all but its main thread.
 */
export function laneName(store, lane) {
  const thread = threadName(store, lane);
  const process = store.processOf?.(lane) ?? null;
  if (process === null) return thread;
  const { name, pid } = process.told.process;
  const known = name === '' ? `process ${pid}` : name;
  return thread === 'MainThread' ? known : `${known}: ${thread}`;
}

/**
 * What is known of a process by the base of its run; null: the server's own.
 *
 * @param {Partial<Pick<EventStore, 'processOf' | 'runs'>>} store
 * @param {number | null} base
 * @returns {{ name: string, pid: number }} With a name in any case.
 */
export function processOf(store, base) {
  const process = base === null ? store.runs?.at(-1)?.hello.process : store.processOf?.(base)?.told.process;
  return { name: process?.name || 'process', pid: process?.pid ?? 0 };
}

/**
 * The name of a lane within its process.
 *
 * @param {Pick<EventStore, 'lanes'>} store
 * @param {number} lane
 * @returns {string} `Thread-1`
 */
export function threadName(store, lane) {
  const name = store.lanes.get(lane)?.name ?? `lane ${lane}`;
  // Python names a thread after its function: "Thread-1 (process_request_thread)". The number tells enough.
  return name.endsWith(')') ? name.replace(/ \([^()]*\)$/, '') : name;
}

/**
 * The name of a lane where there is little room.
 *
 * @param {Pick<EventStore, 'lanes'> & Partial<Pick<EventStore, 'processOf'>>} store
 * @param {number} lane
 * @returns {string} `Request 3`
 */
export function shortLaneName(store, lane) {
  return laneName(store, lane).replace(/^Request thread (?=\d)/, 'Request ');
}

/**
 * @param {Pick<About, 'type'>} about
 * @returns {string} `app context`, `request context`, or `context` for the merged one of Flask 3.2.
 */
export function typeName(about) {
  if (about.type === 'both') return 'context';
  return `${about.type} context`;
}

/**
 * @param {About} about
 * @returns {string} `app context #3`, `request context #4`
 */
export function contextTitle(about) {
  return `${typeName(about)} ${contextName(about.id)}`;
}

/**
 * The request a context was pushed for.
 *
 * @param {About} about
 * @returns {string | null} `GET /cart`
 */
export function requestName(about) {
  return about.path === undefined ? null : `${about.method ?? ''} ${about.path}`.trim();
}

/**
 * @param {About} about
 * @returns {string} `GET /cart #4` for what holds a request, `app context #3` for the rest.
 */
export function shortTitle(about) {
  const request = about.type === 'app' ? null : requestName(about);
  return request === null ? contextTitle(about) : `${request} ${contextName(about.id)}`;
}

/**
 * @param {Site | undefined} site
 * @returns {string | null} `views.py:12`
 */
export function siteName(site) {
  if (site === undefined) return null;
  return `${site.path.split(/[/\\]/).at(-1)}:${site.line}`;
}

/**
 * @param {Snapshot} value
 * @returns {string} Its text, or that it was not looked at.
 */
export function valueText(value) {
  return value.flags & REDACTED ? '•••' : value.text;
}

/**
 * @param {string} name
 * @param {Snapshot} value
 * @returns {string} `user = 'ada'`
 */
export function assignment(name, value) {
  return `${name} = ${valueText(value)}`;
}
