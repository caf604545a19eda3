/**
 * @import { AccessFailed, ExceptionRaised, RecorderFailed, RecorderResumed, TeardownRan, ThreadStarted } from '../events.js'
 * @import { Phrase } from '../phrases.js'
 * @import { Scene } from './scene.js'
 */

import { lastPopOf } from '../history.js';
import { requestName } from '../naming.js';
import { code, join, say } from '../phrases.js';
import { durationText, plural } from '../units.js';
import { contextName, laneName, othersWithG } from './scene.js';

/** @param {Scene} scene @param {ExceptionRaised} event @returns {[Phrase, Phrase]} */
export function tellException(scene, event) {
  const request = scene.context === null ? null : requestName(scene.context.about);
  const where = request === null ? [] : say` in ${code(request)}`;
  const pushed = scene.own?.stack.length ?? 0;
  if (event.handled) {
    return [
      say`${code(event.type)}${where}, and the app has an error handler for it.`,
      join(
        event.message === '' ? null : say`${code(event.message)}`,
        scene.site === null ? null : say`at ${scene.site}.`,
        say`What the handler returns is the response; the contexts are still there while it runs.`,
      ),
    ];
  }
  return [
    say`${code(event.type)}${where}, and nobody handles it.`,
    join(
      event.message === '' ? null : say`${code(event.message)}`,
      scene.site === null ? null : say`at ${scene.site}.`,
      pushed > 0 ? say`The contexts are still popped, and their teardown functions still run.` : null,
    ),
  ];
}

/** @param {Scene} scene @param {TeardownRan} event @returns {[Phrase, Phrase]} */
export function tellTeardown(scene, event) {
  const decorator = event.level === 'app' ? 'teardown_appcontext' : 'teardown_request';
  if (event.failure !== null) {
    return [
      say`The teardown function ${code(event.name)} raises ${code(event.failure.type)}.`,
      join(
        event.failure.message === '' ? null : say`${code(event.failure.message)}.`,
        say`An exception in a function of ${code(decorator)} may keep those after it from running.`,
      ),
    ];
  }
  return [
    say`The teardown function ${code(event.name)} runs (${durationText(event.durationNs)}).`,
    say`${code(decorator)} functions run as the context is popped, after an exception too. This is where things are closed.`,
  ];
}

/** @param {Scene} scene @param {AccessFailed} event @returns {[Phrase, Phrase]} */
export function tellAccessFailed(scene, event) {
  const hasApp = scene.own !== undefined && scene.own.sees.g !== null;
  const what = event.needs === 'request' && hasApp
    ? say`${scene.lane} used ${code(event.proxy)} without a request.`
    : say`${scene.lane} used ${code(event.proxy)} with no context pushed.`;
  return [
    say`${what} Flask raised a ${code('RuntimeError')}.`,
    join(
      scene.site === null ? null : say`At ${scene.site}:`,
      say`${code(event.message)}`,
      event.importing ? say`It happened while a module was being imported, before any context can exist: move it into a function.` : null,
      event.importing ? null : historyOf(scene, event),
      event.importing ? null : remedy(event),
    ),
  ];
}

/** @param {Scene} scene @param {ThreadStarted} event @returns {[Phrase, Phrase]} */
export function tellThread(scene, event) {
  return [
    say`${scene.lane} starts the thread ${code(event.thread)}.`,
    say`Contexts do not go along: in there ${code('g')} and ${code('request')} raise ${code('RuntimeError')} until it has a context of its own.`,
  ];
}

/** @param {Scene} scene @param {RecorderFailed} event @returns {[Phrase, Phrase]} */
export function tellRecorderFailed(scene, event) {
  return [
    say`FlaskScope itself failed while it watched ${code(event.hook)}.`,
    join(
      say`Your app was not touched, but events may be missing. It happened ${plural(event.count, 'time')} so far.`,
      event.off ? say`This hook has turned itself off.` : null,
    ),
  ];
}

/** @param {RecorderResumed} event @returns {[Phrase, Phrase]} */
export function tellRecorderResumed(event) {
  return [
    say`FlaskScope records again, after ${durationText(event.pausedNs)} in which nobody watched.`,
    say`It was told to record only while somebody does. What happened in between is not known: contexts that were pushed then are told as popped.`,
  ];
}

/** Why there is nothing, where that is known. @param {Scene} scene @param {AccessFailed} event @returns {Phrase | null} */
function historyOf(scene, event) {
  const popped = lastPopOf(
    scene.store,
    scene.step,
    (context) => context.lane === scene.event.lane && (event.needs === 'request' ? context.about.type !== 'app' : context.ownsG),
  );
  if (popped !== null && popped.poppedAt !== null) {
    return say`The last one here, ${contextName(popped.id)}, was popped at step ${popped.poppedAt + 1}.`;
  }
  const [other] = othersWithG(scene);
  if (other === undefined || event.needs === 'request') return null;
  return say`${laneName(scene.store, other.lane)} has a context right now, but threads do not share them.`;
}

/** @param {AccessFailed} event @returns {Phrase} */
function remedy(event) {
  return event.needs === 'request'
    ? say`Pass the value in as an argument, or use ${code('app.test_request_context()')} in tests.`
    : say`Wrap the code in ${code('with app.app_context():')}`;
}
