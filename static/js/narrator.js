/**
 * The teacher: what happened at a step, and why or what follows, each in a true sentence.
 *
 * Everything said here comes from recorded facts: what was pushed, what the proxies reached. No rule of
 * Flask is applied to fill in what was not seen.
 *
 * @import { Phrase } from './phrases.js'
 */

import { tellAbandoned, tellPopped, tellPushed } from './narrator/contexts.js';
import { tellDeleted, tellMissed, tellRead, tellSet } from './narrator/g.js';
import { tellFinished, tellMatched, tellStarted } from './narrator/requests.js';
import { sceneAt } from './narrator/scene.js';
import {
  tellSessionChanged, tellSessionDeleted, tellSessionOpened, tellSessionRead, tellSessionSaved,
} from './narrator/session.js';
import { tellAccessFailed, tellException, tellRecorderFailed, tellRecorderResumed, tellTeardown, tellThread } from './narrator/trouble.js';
import { isProblem } from './description.js';
import { code, join, say } from './phrases.js';
import { countText, durationText } from './units.js';

/** @typedef {import('./narrator/scene.js').Store} Store */

/**
 * @typedef {object} Narration
 * @property {Phrase} what  The bold sentence.
 * @property {Phrase} why  The softer one; may be empty.
 * @property {boolean} problem
 */

/**
 * What to say at a step.
 *
 * @param {Store} store
 * @param {number} step  -1 before the first event.
 * @returns {Narration}
 */
export function narrate(store, step) {
  if (step < 0 || step >= store.size) return beforeTheFirst(store);
  const scene = sceneAt(store, step);
  const [what, why] = tell(scene);
  return { what: join(step === store.firstIndex ? letGo(store) : null, interruption(store, step), what), why, problem: isProblem(scene.event) };
}

/** @param {import('./narrator/scene.js').Scene} scene @returns {[what: Phrase, why: Phrase]} */
function tell(scene) {
  const { event } = scene;
  switch (event.kind) {
    case 'context.pushed':
      return tellPushed(scene, event);
    case 'context.popped':
      return tellPopped(scene, event);
    case 'context.abandoned':
      return tellAbandoned(scene, event);
    case 'g.set':
      return tellSet(scene, event);
    case 'g.deleted':
      return tellDeleted(scene, event);
    case 'g.missed':
      return tellMissed(scene, event);
    case 'g.read':
      return tellRead(scene, event);
    case 'session.opened':
      return tellSessionOpened(scene, event);
    case 'session.read':
      return tellSessionRead(scene, event);
    case 'session.changed':
      return tellSessionChanged(scene, event);
    case 'session.deleted':
      return tellSessionDeleted(scene, event);
    case 'session.saved':
      return tellSessionSaved(scene, event);
    case 'request.started':
      return tellStarted(scene, event);
    case 'request.matched':
      return tellMatched(scene, event);
    case 'request.finished':
      return tellFinished(scene, event);
    case 'exception':
      return tellException(scene, event);
    case 'teardown':
      return tellTeardown(scene, event);
    case 'access.failed':
      return tellAccessFailed(scene, event);
    case 'thread.started':
      return tellThread(scene, event);
    case 'recorder.failed':
      return tellRecorderFailed(scene, event);
    case 'recorder.resumed':
      return tellRecorderResumed(event);
  }
}

/** What came before the oldest event that is kept. @param {Store} store @returns {Phrase | null} */
function letGo({ firstIndex }) {
  if (firstIndex === 0) return null;
  return say`${countText(firstIndex)} older events were let go.`;
}

/** What stands between this step and the one before it. @param {Store} store @param {number} step @returns {Phrase | null} */
function interruption(store, step) {
  const lost = store.lostBefore(step);
  const run = store.runAt(step);
  if (step > 0 && run?.from === step) {
    const process = store.processes.get(run.id);
    if (process === undefined) return say`The server restarted here.`;
    const { name, pid, host } = process.told.process;
    const isElsewhere = host !== null && host !== store.runs.at(-1)?.hello.process.host;
    return join(
      say`A process of its own joins here: ${code(name)}, pid ${pid}${isElsewhere ? ` on ${host}` : ''}.`,
      clockText(process.told.clock.uncertaintyMs),
    );
  }
  if (lost === 0) return null;
  return lost === 1 ? say`One event is missing before this step.` : say`${countText(lost)} events are missing before this step.`;
}

/** How sure the order across processes is. @param {number | null} uncertaintyMs @returns {Phrase | null} null where there is nothing to say. */
function clockText(uncertaintyMs) {
  if (uncertaintyMs === 0) return null;
  if (uncertaintyMs === null) return say`How its clock stands to the others was not measured.`;
  return say`Its times are right within ±${durationText(uncertaintyMs * 1e6)}.`;
}

/** @param {Store} store @returns {Narration} */
function beforeTheFirst(store) {
  const names = say`${code('g')}, ${code('request')} and ${code('session')} have nothing to point to.`;
  return {
    what: say`No context is pushed right now.`,
    why: store.size === 0
      ? join(names, say`Flask pushes a context when a request arrives, and pops it when the response is ready. Fire one and watch.`)
      : join(names, letGo(store), say`The first step comes next.`),
    problem: false,
  };
}
