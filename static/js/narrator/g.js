/**
 * @import { GDeleted, GMissed, GRead, GSet } from '../events.js'
 * @import { Phrase } from '../phrases.js'
 * @import { Scene } from './scene.js'
 */

import { REDACTED, TRUNCATED } from '../events.js';
import { assignment, valueText } from '../naming.js';
import { code, join, listing, say } from '../phrases.js';
import { assignments, contextName, hiddenOwner, laneName, naming, othersWithG } from './scene.js';

/** @param {Scene} scene @param {GSet} event @returns {[Phrase, Phrase]} */
export function tellSet(scene, event) {
  const { lane, context, before } = scene;
  const old = before?.g.get(event.name);
  const where = context === null ? [] : say`, and it lands in ${naming(scene, context.id)}`;
  return [
    old === undefined
      ? say`${lane} puts ${code(assignment(event.name, event.value))} into g${where}.`
      : say`${lane} sets ${code(assignment(`g.${event.name}`, event.value))}. It was ${code(valueText(old))}.`,
    join(aboutValue(event.value.flags), hiddenSentence(scene), lifeSentence(scene, event.name)),
  ];
}

/** @param {Scene} scene @param {GDeleted} event @returns {[Phrase, Phrase]} */
export function tellDeleted(scene, event) {
  const old = scene.before?.g.get(event.name);
  const left = scene.context?.g;
  return [
    say`${scene.lane} takes ${code(event.name)} out of g.`,
    join(
      old === undefined ? null : say`It was ${code(valueText(old))}.`,
      left === undefined ? null
        : left.size === 0 ? say`This g is empty now.` : say`${listing([...left.keys()].map(code))} stay.`,
    ),
  ];
}

/** @param {Scene} scene @param {GMissed} event @returns {[Phrase, Phrase]} */
export function tellMissed(scene, event) {
  const asked = event.how === 'attribute' ? `g.${event.name}` : `g.${event.how}('${event.name}')`;
  const outcome = event.how === 'attribute'
    ? say`${scene.lane} asks for ${code(asked)} and gets an ${code('AttributeError')}.`
    : say`${scene.lane} asks for ${code(asked)}, and it is not there.`;
  const outer = scene.event.context === null ? null : hiddenOwner(scene, scene.event.context);
  const hidden = outer?.g.get(event.name);
  if (outer !== null && hidden !== undefined) {
    return [outcome, say`${contextName(outer.id)} has ${code(assignment(event.name, hidden))}, but its g is hidden until ${contextName(scene.event.context ?? 0)} is popped.`];
  }
  const held = scene.context?.g;
  return [
    outcome,
    join(
      held === undefined || held.size === 0
        ? say`This g began empty with its context, and nothing was put in yet.`
        : say`This g holds only ${listing([...held.keys()].map(code))}.`,
      event.how === 'attribute' ? say`${code(`g.get('${event.name}')`)} would give ${code('None')} instead.` : null,
    ),
  ];
}

/** @param {Scene} scene @param {GRead} event @returns {[Phrase, Phrase]} */
export function tellRead(scene, event) {
  const value = scene.context?.g.get(event.name);
  return [
    value === undefined
      ? say`${scene.lane} reads ${code(`g.${event.name}`)}.`
      : say`${scene.lane} reads ${code(`g.${event.name}`)}: ${code(valueText(value))}.`,
    scene.context === null ? [] : say`It comes from ${naming(scene, scene.context.id)}.`,
  ];
}

/** @param {number} flags @returns {Phrase | null} */
function aboutValue(flags) {
  if (flags & REDACTED) return say`The name looks secret, so its value was never looked at.`;
  if (flags & TRUNCATED) return say`The value is longer than what is shown.`;
  return null;
}

/** @param {Scene} scene @returns {Phrase | null} */
function hiddenSentence(scene) {
  const { context } = scene;
  if (context === null) return null;
  const outer = hiddenOwner(scene, context.id);
  if (outer === null || outer.hiddenBy === null || outer.g.size === 0) return null;
  return say`${assignments(outer.g)} in ${contextName(outer.id)} is not lost: it is back when ${contextName(context.id)} is popped.`;
}

/** @param {Scene} scene @param {string} name  What was put into g. @returns {Phrase | null} */
function lifeSentence(scene, name) {
  const others = othersWithG(scene);
  if (others.length > 0) {
    const threads = listing(others.map((lane) => laneName(scene.store, lane.lane)), 2);
    return say`${threads} cannot see it: each thread has a g of its own.`;
  }
  const { context } = scene;
  if (context === null) return null;
  return say`${code(name)} lives until ${contextName(context.id)} is popped.`;
}
