/**
 * @import { RequestFinished, RequestMatched, RequestStarted } from '../events.js'
 * @import { Phrase } from '../phrases.js'
 * @import { Scene } from './scene.js'
 */

import { code, join, say } from '../phrases.js';
import { durationText } from '../units.js';

/** @param {Scene} scene @param {RequestStarted} event @returns {[Phrase, Phrase]} */
export function tellStarted(scene, event) {
  return [
    say`Flask begins to handle ${code(`${event.method} ${event.path}`)} on ${scene.lane}.`,
    say`Functions registered with ${code('before_request')} run first, then the view.`,
  ];
}

/** @param {Scene} scene @param {RequestMatched} event @returns {[Phrase, Phrase]} */
export function tellMatched(scene, event) {
  if (event.failure !== null) {
    return [
      say`No view fits this URL: ${code(event.failure.type)}.`,
      say`Flask raises it later, while it handles the request; both contexts are pushed all the same.`,
    ];
  }
  return [
    say`The URL matches the rule ${code(event.rule ?? '')}: the view ${code(event.endpoint ?? '')} will answer.`,
    say`${code('request.endpoint')} and ${code('url_for')} know it from here on.`,
  ];
}

/** @param {Scene} scene @param {RequestFinished} event @returns {[Phrase, Phrase]} */
export function tellFinished(scene, event) {
  const kept = scene.own?.stack.length ?? 0;
  return [
    say`The response is ready: status ${code(String(event.status))}, ${durationText(event.durationNs)} after the push.`,
    join(
      event.status >= 500 ? say`An error on the server's side.` : null,
      kept > 0 ? say`The contexts are still pushed: they are popped next, the newest first.` : null,
    ),
  ];
}
