/**
 * The lanes, apps and paths there are to choose from.
 *
 * @import { EventStore } from '../event-store.js'
 */

/** Paths that are remembered; an app with ids in its paths has no end of them. */
const MOST_PATHS = 500;

/** @typedef {Pick<EventStore, 'size' | 'firstIndex' | 'at' | 'lanes' | 'kindAt'>} Store */

export class PlacesModel {
  #store;
  #done = 0;
  /** @type {Set<string>} */
  #apps = new Set();
  /** @type {Set<string>} */
  #paths = new Set();

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
  }

  /** What has been seen until now, in the order of its first appearance. */
  read() {
    const store = this.#store;
    this.#done = Math.max(this.#done, store.firstIndex);
    for (; this.#done < store.size; this.#done += 1) {
      if (store.kindAt(this.#done) !== 'context.pushed') continue;
      const event = store.at(this.#done);
      if (event.kind !== 'context.pushed') continue;
      this.#apps.add(event.about.app);
      if (event.about.path !== undefined) this.#paths.add(event.about.path);
      if (this.#paths.size > MOST_PATHS) this.#paths.delete(/** @type {string} */ (this.#paths.values().next().value));
    }
    return { lanes: [...store.lanes.keys()], apps: [...this.#apps], paths: [...this.#paths] };
  }
}
