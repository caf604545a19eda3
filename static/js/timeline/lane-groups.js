/**
 * The lanes of each process under a heading, when there is more than one process.
 *
 * @import { EventStore } from '../event-store.js'
 * @import { LaneBars } from './bars.js'
 * @import { LaneOrder } from './lane-order.js'
 * @import { GroupShape } from './scene.js'
 */

import { durationText } from '../units.js';
import { firstFrom } from './bars.js';
import { GROUP } from './metrics.js';

/** @typedef {Pick<EventStore, 'lanes'> & Partial<Pick<EventStore, 'processOf' | 'runs'>>} Store */

/** @typedef {{ name: string, note: string, lanes: LaneBars[], folded: boolean }} LaneGroup */

export class LaneGroups {
  /** @type {Map<number, LaneGroup>} */
  #byLane = new Map();
  /** @type {Set<LaneGroup>} */
  #placed = new Set();
  /** In the order of their first lane; none with one process only. @type {LaneGroup[]} */
  all = [];

  /** @param {LaneBars[]} lanes  In the order in which they are shown. @param {Store} store @param {LaneOrder} order */
  constructor(lanes, store, order) {
    /** @type {Map<string, LaneGroup>} */
    const groups = new Map();
    for (const lane of lanes) {
      const key = keyOf(store, lane.id);
      let group = groups.get(key);
      if (group === undefined) groups.set(key, (group = { name: nameOf(store, lane.id), note: noteOf(store, lane.id), lanes: [], folded: false }));
      group.lanes.push(lane);
      // What is pinned stands above all headings.
      if (!order.isPinned(lane.id)) this.#byLane.set(lane.id, group);
    }
    if (groups.size < 2) this.#byLane.clear();
    else this.all = [...groups.values()];
    for (const group of this.all) group.folded = order.isGroupFolded(group.name);
  }

  /** Whether there are headings. */
  get areShown() {
    return this.all.length > 0;
  }

  /** Whether a lane is hidden under its heading. @param {number} lane */
  hides(lane) {
    return this.#byLane.get(lane)?.folded ?? false;
  }

  /**
   * The heading that belongs above a lane, unless it stands there already.
   *
   * @param {number} lane
   * @param {number} y
   * @param {{ from: number, to: number, toX: (step: number) => number }} view
   * @returns {GroupShape | null}
   */
  headingAbove(lane, y, { from, to, toX }) {
    const group = this.#byLane.get(lane);
    if (group === undefined || this.#placed.has(group)) return null;
    this.#placed.add(group);
    const { name, note, folded, lanes } = group;
    return { name, note, folded, count: lanes.length, y, height: GROUP.height, problems: folded ? problemsOf(lanes, from, to, toX) : [] };
  }
}

/** Where something went wrong on lanes that are hidden. @param {LaneBars[]} lanes @param {number} from @param {number} to @param {(step: number) => number} toX */
function problemsOf(lanes, from, to, toX) {
  /** @type {Map<number, { x: number, step: number }>} */
  const found = new Map();
  for (const { problems } of lanes) {
    for (let i = firstFrom(problems, from); i < problems.length && problems[i] <= to && found.size < GROUP.problems; i += 1) {
      const x = toX(problems[i]);
      // One mark for those that would lie upon each other.
      const place = Math.round(x / GROUP.problemRoom);
      if (!found.has(place)) found.set(place, { x, step: problems[i] });
    }
  }
  return [...found.values()];
}

/** @param {Store} store @param {number} lane */
function keyOf(store, lane) {
  const other = store.processOf?.(lane) ?? null;
  return other === null ? `own ${store.lanes.get(lane)?.process ?? ''}` : `other ${other.id}`;
}

/** @param {Store} store @param {number} lane */
function nameOf(store, lane) {
  const other = store.processOf?.(lane)?.told.process;
  const pid = other?.pid ?? store.lanes.get(lane)?.process ?? 0;
  const own = store.runs?.at(-1)?.hello.process;
  const name = other?.name ?? (own?.pid === pid ? own.name : '');
  return `${name === '' ? 'process' : name} ${pid}`;
}

/** What else is known of a process: its host, how sure its times are, its end. @param {Store} store @param {number} lane */
function noteOf(store, lane) {
  const told = store.processOf?.(lane)?.told;
  if (told === undefined) return '';
  const { host } = told.process;
  const { uncertaintyMs } = told.clock;
  return [
    host === null || host === store.runs?.at(-1)?.hello.process.host ? '' : `on ${host}`,
    uncertaintyMs === 0 ? '' : uncertaintyMs === null ? 'clock not measured' : `times ±${durationText(uncertaintyMs * 1e6)}`,
    { live: '', away: 'out of reach', ended: 'ended' }[told.state],
  ].filter((part) => part !== '').join(', ');
}
