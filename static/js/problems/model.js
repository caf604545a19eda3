/**
 * What went wrong, found in the events as they come.
 *
 * @import { ScopeEvent } from '../events.js'
 * @import { EventStore } from '../event-store.js'
 * @import { Phrase } from '../phrases.js'
 */

import { contextName } from '../events.js';
import { contextAt } from '../history.js';
import { isProblem } from '../description.js';
import { laneName, requestName, siteName } from '../naming.js';
import { code, join, say } from '../phrases.js';
import { countText, plural } from '../units.js';

/** @typedef {Pick<EventStore, 'size' | 'firstIndex' | 'at' | 'runs' | 'gaps' | 'lanes' | 'sites' | 'runAt'>} Store */

/**
 * @typedef {object} Problem
 * @property {number} index  Of its event.
 * @property {Phrase} title
 * @property {Phrase} detail
 */

export class ProblemsModel {
  #store;
  #done = 0;
  #gapsDone = 0;
  /** @type {Problem[]} */
  #problems = [];

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
  }

  /** @returns {readonly Problem[]} In the order in which they happened. */
  all() {
    const store = this.#store;
    this.#done = Math.max(this.#done, store.firstIndex);
    // What was let go cannot be shown any more.
    if (this.#problems.length > 0 && this.#problems[0].index < store.firstIndex) this.#problems = this.#problems.filter(({ index }) => index >= store.firstIndex);
    for (; this.#done < store.size; this.#done += 1) {
      const event = store.at(this.#done);
      if (isProblem(event)) this.#problems.push(problemOf(store, this.#done, event));
    }
    for (; this.#gapsDone < store.gaps.length; this.#gapsDone += 1) {
      const { index, count, why } = store.gaps[this.#gapsDone];
      // What the server let go before this page came is no problem of anybody.
      if (index > 0) this.#problems.push({ index, title: say`${plural(count, 'event')} lost before step ${countText(index + 1)}`, detail: [why] });
    }
    return this.#problems;
  }
}

/** @param {Store} store @param {number} index @param {ScopeEvent} event @returns {Problem} */
function problemOf(store, index, event) {
  const site = event.site === null ? null : siteName(store.sites.get(event.site));
  const at = site === null ? null : code(site);
  const about = event.context === null ? null : contextAt(store, event.context, index)?.about ?? null;
  const request = about === null ? null : requestName(about);
  const lane = laneName(store, event.lane);
  const where = at === null ? say`${lane}, step ${countText(index + 1)}` : say`${lane}, ${at}, step ${countText(index + 1)}`;
  switch (event.kind) {
    case 'exception':
      return {
        index,
        title: request === null ? [event.type] : say`${event.type} in ${code(request)}`,
        detail: join(event.message === '' ? null : say`${code(event.message)}`, where),
      };
    case 'access.failed':
      return {
        index,
        title: say`${code(event.proxy)} used outside of ${event.needs === 'request' ? 'a request' : 'an app context'}`,
        detail: event.importing ? join(where, say`while a module was imported`) : where,
      };
    case 'context.abandoned':
      return {
        index,
        title: say`Context ${contextName(event.context)} was never popped`,
        detail: join(say`${lane} ended while it was still pushed.`, at === null ? null : say`Pushed at ${at}.`, say`Its teardown functions never ran.`),
      };
    case 'recorder.failed':
      return {
        index,
        title: say`FlaskScope failed in ${code(event.hook)}`,
        detail: say`${plural(event.count, 'time')}${event.off ? ', now turned off' : ''}. Your app was not touched.`,
      };
    case 'teardown':
      return { index, title: say`Teardown ${code(event.name)} raised ${event.failure?.type ?? ''}`, detail: where };
    case 'context.popped':
      return { index, title: say`Popping ${contextName(event.context)} raised ${event.failure?.type ?? ''}`, detail: join(event.failure?.message ? say`${event.failure.message}.` : null, where) };
    case 'session.saved':
      return { index, title: say`The session was saved too late`, detail: join(say`The response had already left.`, where) };
    default:
      return { index, title: say`A session cookie was refused`, detail: where };
  }
}
