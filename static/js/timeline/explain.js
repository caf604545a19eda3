/**
 * What the tooltip says.
 *
 * @import { EventStore } from '../event-store.js'
 * @import { Bar } from './bar.js'
 * @import { Hit } from './hit-test.js'
 * @import { TimelineModel } from './model.js'
 * @import { Scene } from './scene.js'
 */

import { describe } from '../description.js';
import { laneName, processOf, siteName } from '../naming.js';
import { plainText } from '../phrases.js';
import { stretchAt, stretchText } from '../stretches.js';
import { countText, durationText, plural, sinceText } from '../units.js';
import { titlesOf } from './labels.js';

/** @typedef {Pick<EventStore, 'at' | 'size' | 'firstIndex' | 'lanes' | 'sites'>
 *   & Partial<Pick<EventStore, 'runs' | 'processOf'>>} Events */

/**
 * @param {Events} store
 * @param {TimelineModel} model
 * @param {Scene} scene
 * @param {Hit} hit
 * @returns {string[]} The heading and what is below it; none where there is nothing to say.
 */
export function explain(store, model, scene, hit) {
  if (hit.mark !== null) return explainStep(store, model, hit.mark.step);
  if (hit.area === 'axis' && hit.step >= 0) return explainStep(store, model, hit.step);
  if (hit.area === 'lanes' && hit.box !== null) return explainBar(store, hit.box.bar);
  if (hit.area === 'rivers') return explainRiver(store, model, scene, hit);
  return [];
}

/**
 * What happened at a step, in one sentence.
 *
 * @param {Events} store
 * @param {TimelineModel} model
 * @param {number} step
 */
export function stepText(store, model, step) {
  const event = store.at(step);
  const bar = model.bars.find(event.context, event.lane, step);
  return plainText(describe(event, bar === undefined ? null : bar.about));
}

/**
 * Where the playhead is, for those who do not see it.
 *
 * @param {Events} store
 * @param {TimelineModel} model
 * @param {number} step
 * @param {boolean} following  Then what happens there is not told: it changes faster than anybody listens.
 */
export function placeText(store, model, step, following) {
  const count = model.size;
  if (step < 0) return count === 0 ? 'No step yet' : `Before the first of ${countText(count)} steps`;
  const stretch = stretchAt(store, step);
  // The label alone: this is heard at every step.
  const place = `Step ${countText(step + 1)} of ${countText(count)}${stretch === null ? '' : `, in ${stretch.label}`}`;
  return following ? place : `${place}: ${stepText(store, model, step)}`;
}

/** @param {Events} store @param {TimelineModel} model @param {number} step */
function explainStep(store, model, step) {
  const event = store.at(step);
  const since = step > store.firstIndex ? `, ${sinceText(event.atNs - store.at(step - 1).atNs)}` : '';
  const lines = [stepText(store, model, step), `Step ${countText(step + 1)}${since}, ${laneName(store, event.lane)}`];
  const bar = model.bars.find(event.context, event.lane, step);
  if (bar !== undefined) lines.push(`In ${titlesOf(bar)[0]}`);
  const stretch = stretchText(store, step);
  if (stretch !== '') lines.push(`In ${stretch}`);
  return [...lines, ...place(store, event.site)];
}

/** @param {Events} store @param {Bar} bar */
function explainBar(store, bar) {
  const lines = [titlesOf(bar)[0]];
  const pushed = bar.startKnown ? `Pushed at step ${countText(bar.start + 1)}` : 'Pushed before what is kept';
  const ended = Number.isFinite(bar.end) && bar.end >= store.firstIndex && bar.fate === 'popped' ? store.at(bar.end) : null;
  if (ended !== null && ended.kind === 'context.popped') {
    lines.push(`${pushed}, popped at step ${countText(bar.end + 1)}, after ${durationText(ended.durationNs)}`);
  } else if (bar.fate === 'abandoned') {
    lines.push(`${pushed}, never popped: its thread ended`);
  } else {
    lines.push(bar.fate === 'cut' ? `${pushed}, its end is not known` : `${pushed}, not popped yet`);
  }
  lines.push(`${laneName(store, bar.lane)}, pushed ${bar.about.how === 'by hand' ? 'by hand' : `by: ${bar.about.how}`}`);
  const state = bar.g.at(-1);
  if (state !== undefined && state.size > 0) lines.push(`g: ${state.name} = ${state.text}${more(state.size)}`);
  return bar.startKnown && bar.start >= store.firstIndex ? [...lines, ...place(store, store.at(Math.ceil(bar.start)).site)] : lines;
}

/** @param {number} size */
function more(size) {
  return size > 1 ? `, and ${plural(size - 1, 'more name')}` : '';
}

/** @param {Events} store @param {TimelineModel} model @param {Scene} scene @param {Hit} hit */
function explainRiver(store, model, scene, hit) {
  const shape = scene.rivers[hit.river];
  if (shape === undefined) return [];
  const { river } = shape;
  const state = river?.states.findLast((one) => one.from <= hit.step);
  const { name, pid } = processOf(store, river?.process ?? null);
  const where = model.rivers.areOfSeveral ? `, as ${name} ${pid} knows it` : '';
  const whose = river === null ? 'The session' : `The cookie of browser ${river.browser}${where}`;
  if (state === undefined || state.kind === 'none') return [whose, 'No session is saved in it.'];
  if (state.kind === 'unknown') return [whose, 'What it holds is known with its next request.'];
  const rest = state.size - state.items.length;
  return [whose, ...state.items, ...(rest > 0 ? [plural(rest, 'more entry', 'more entries')] : [])];
}

/** @param {Events} store @param {number | null} id */
function place(store, id) {
  const site = id === null ? undefined : store.sites.get(id);
  const name = siteName(site);
  return name === null || site === undefined ? [] : [`${name}, in ${site.function}`];
}
