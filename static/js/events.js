/**
 * The events as the page knows them: every row of the wire, decoded, with the names of Flask.
 *
 * `number` is the server's (1, 2, 3 … within one run), `atNs` is nanoseconds since that run began. `lane`,
 * `site`, `context`, `browser` and every other number of a context are unique on this page, also across a
 * restart of the server; show a context by `contextName`, never by its number.
 */

/** @typedef {'context.pushed' | 'context.popped' | 'context.abandoned' | 'g.set' | 'g.read' | 'g.missed'
 *   | 'g.deleted' | 'session.opened' | 'session.read' | 'session.changed' | 'session.deleted'
 *   | 'session.saved' | 'request.started' | 'request.matched' | 'request.finished' | 'exception'
 *   | 'teardown' | 'access.failed' | 'thread.started' | 'recorder.failed'
 *   | 'recorder.resumed'} EventKind */

/**
 * A value as it was at one moment.
 *
 * @typedef {object} Snapshot
 * @property {string} text  Safe to show, as text.
 * @property {string} type  The name of its Python type.
 * @property {number | null} size  `len()` of a string or container, else null.
 * @property {number} flags  A sum of TRUNCATED, REDACTED and OPAQUE.
 */

/** @typedef {{ type: string, message: string }} Failure */

/** @typedef {Failure & { site: number | null }} Unhandled  The line that raised it. */

/**
 * The contexts that code in a lane reaches; null where the proxy would raise RuntimeError.
 *
 * @typedef {object} Sees
 * @property {number | null} g  Where `g` and `current_app` point.
 * @property {number | null} request  Where `request` and `session` point.
 */

/** @typedef {{ id: number, name: string, process: number }} Lane */
/** @typedef {{ id: number, path: string, line: number, function: string }} Site */

/**
 * What a context is. Optional properties are absent where they do not apply.
 *
 * @typedef {object} About
 * @property {number} id
 * @property {'app' | 'request' | 'both'} type
 * @property {'request' | 'by hand' | 'test client' | 'cli' | 'copy' | 'stream'} how
 * @property {string} app
 * @property {string} thread
 * @property {number} pushes  How often it is pushed now, from 1.
 * @property {Sees} sees  After this push.
 * @property {number} [reused]  The app context already pushed, used instead of a new one (Flask up to 3.1).
 * @property {boolean} [implicit]  An app context that Flask pushed for a request context.
 * @property {string} [method]
 * @property {string} [path]
 * @property {string} [fired]  The number a page gave the request it fired.
 * @property {number} [copied]  The context whose request this one shares.
 * @property {Map<string, Snapshot>} [g]  The names already in its `g`.
 * @property {string} [gUnseen]  What cannot be seen of its `g`, which is of a class of the app's own.
 */

/**
 * The first properties of every event.
 *
 * @template {EventKind} K
 * @typedef {object} Head
 * @property {number} number
 * @property {number} atNs
 * @property {K} kind
 * @property {number} lane
 * @property {number | null} context
 * @property {number | null} site
 */

/** @typedef {Head<'context.pushed'> & { context: number, about: About }} ContextPushed */
/** @typedef {Head<'context.popped'> & { context: number, durationNs: number, unhandled: Unhandled | null,
 *   failure: Failure | null, pushes: number, sees: Sees, how: string | null }} ContextPopped
 *   `how`: who popped it, as for a push; null for the end of its request, or where nobody knows. */
/** @typedef {Head<'context.abandoned'> & { context: number }} ContextAbandoned */
/** @typedef {Head<'g.set'> & { name: string, value: Snapshot }} GSet */
/** @typedef {Head<'g.deleted'> & { name: string }} GDeleted */
/** @typedef {Head<'g.missed'> & { name: string, how: string }} GMissed */
/** @typedef {Head<'g.read'> & { name: string }} GRead */
/** @typedef {{ key: string, value: Snapshot }} Item */
/** @typedef {Head<'session.opened'> & { interface: string, origin: string, items: Item[],
 *   browser: number | null, size: number, refusal: string | null }} SessionOpened
 *   `refusal`: why a cookie was refused; null where nobody knows. */
/** @typedef {Head<'session.read'> & { key: string, found: boolean }} SessionRead */
/** @typedef {Head<'session.changed'> & { key: string, value: Snapshot, late: boolean }} SessionChanged
 *   `late`: nothing will save it any more. */
/** @typedef {Head<'session.deleted'> & { key: string, late: boolean }} SessionDeleted */
/** @typedef {Head<'session.saved'> & { written: boolean, why: string, changed: string[],
 *   cookieBytes: number | null, late: boolean, browser: number | null, nested: Item[], lost: boolean | null }} SessionSaved
 *   `nested`: keys whose value changed inside, though nothing was assigned to them. `lost`: whether those changes are
 *   gone; null when there are none, or nobody knows. */
/** @typedef {Head<'request.started'> & { method: string, path: string }} RequestStarted */
/** @typedef {Head<'request.matched'> & { endpoint: string | null, rule: string | null,
 *   failure: Failure | null }} RequestMatched */
/** @typedef {Head<'request.finished'> & { status: number, durationNs: number }} RequestFinished */
/** @typedef {Head<'exception'> & { type: string, message: string, handled: boolean }} ExceptionRaised */
/** @typedef {Head<'teardown'> & { name: string, level: string, durationNs: number,
 *   failure: Failure | null }} TeardownRan */
/** @typedef {Head<'access.failed'> & { proxy: string, message: string, importing: boolean,
 *   needs: string, via: string | null, runner: string | null }} AccessFailed
 *   `via`: the package that used the proxy, where the line of code did not itself. `runner`: the kind of job. */
/** @typedef {Head<'thread.started'> & { thread: string, child: number | null }} ThreadStarted */
/** @typedef {Head<'recorder.failed'> & { hook: string, traceback: string, count: number,
 *   off: boolean }} RecorderFailed */
/** @typedef {Head<'recorder.resumed'> & { pausedNs: number }} RecorderResumed */

/** @typedef {ContextPushed | ContextPopped | ContextAbandoned | GSet | GDeleted | GMissed | GRead
 *   | SessionOpened | SessionRead | SessionChanged | SessionDeleted | SessionSaved | RequestStarted
 *   | RequestMatched | RequestFinished | ExceptionRaised | TeardownRan | AccessFailed | ThreadStarted
 *   | RecorderFailed | RecorderResumed} ScopeEvent */

/** Bits of `Snapshot.flags`. */
export const TRUNCATED = 1;
export const REDACTED = 2;
export const OPAQUE = 4;

/** What separates the numbers of two runs: a server would have to push a thousand million contexts. */
export const RUN_STRIDE = 1_000_000_000;

/**
 * What was added to a number of a lane, site, context or browser on this page: that of its run.
 *
 * @param {number} id
 */
export function baseOf(id) {
  return Math.floor(id / RUN_STRIDE) * RUN_STRIDE;
}

/**
 * A context as people know it.
 *
 * @param {number} id  The number of a context on this page.
 * @returns {string} `#7`
 */
export function contextName(id) {
  return `#${id % RUN_STRIDE}`;
}
