/**
 * @import { ContextAbandoned, ContextPopped, ContextPushed, About } from '../events.js'
 * @import { ContextState } from '../history.js'
 * @import { Phrase } from '../phrases.js'
 * @import { Scene } from './scene.js'
 */

import { contextAt, lastPopOf } from '../history.js';
import { siteName } from '../naming.js';
import { code, join, say } from '../phrases.js';
import { durationText, plural } from '../units.js';
import {
  assignments, contextName, contextTitle, forRequest, hiddenOwner, names, naming,
} from './scene.js';

/** @param {Scene} scene @param {ContextPushed} event @returns {[Phrase, Phrase]} */
export function tellPushed(scene, event) {
  const { about } = event;
  const { lane } = scene;
  if (about.pushes > 1) {
    return [
      say`${lane} pushes ${contextTitle(about)} once more, ${about.pushes} times now.`,
      say`It is the same context with the same g: nothing begins anew, and it has to be popped as often.`,
    ];
  }
  if (about.type === 'request') return tellRequestPushed(scene, about);
  if (about.type === 'both') {
    return [
      say`${lane} pushes context ${contextName(about.id)}${forRequest(about)}, ${gAtPush(about)}.`,
      join(
        say`On this Flask one context carries ${code('g')}, ${code('request')} and ${code('session')}.`,
        hidingSentence(scene, about),
      ),
    ];
  }
  if (about.implicit) {
    return [
      say`${lane} pushes app context ${contextName(about.id)}${forRequest(requestAbove(scene, about))}, ${gAtPush(about)}.`,
      join(previousG(scene, about), say`${code('current_app')} and ${code('g')} work from here on.`, hidingSentence(scene, about)),
    ];
  }
  if (about.how === 'stream') {
    return [
      say`${lane} pushes app context ${contextName(about.id)} again to stream the response, ${gAtPush(about)}.`,
      say`${code('stream_with_context')} brings back the contexts of the request while the generator runs.`,
    ];
  }
  return [
    say`${pusher(scene, about)} app context ${contextName(about.id)}${about.how === 'by hand' ? ' by hand' : ''}, ${gAtPush(about)}.`,
    join(hidingSentence(scene, about) ?? reachSentence(about), origin(scene, about)),
  ];
}

/** @param {Scene} scene @param {About} about @returns {[Phrase, Phrase]} */
function tellRequestPushed(scene, about) {
  const { lane } = scene;
  const name = contextName(about.id);
  if (about.copied !== undefined) {
    return [
      say`${lane} pushes ${name}, a copy of request context ${contextName(about.copied)}.`,
      say`The copy carries ${code('request')} and ${code('session')} over. The g of the original does not come along.`,
    ];
  }
  if (about.how === 'stream') {
    return [
      say`${lane} pushes request context ${name} again to stream the response.`,
      say`${code('stream_with_context')} keeps ${code('request')} and its ${code('g')} within reach while the generator runs.`,
    ];
  }
  if (about.reused !== undefined) {
    const reused = contextAt(scene.store, about.reused, scene.step);
    const held = reused === null || reused.g.size === 0 ? say`it is empty so far, but older than this request` : say`it still holds ${names(reused.g)}`;
    return [
      say`${lane} pushes request context ${name}${forRequest(about)}, and app context ${contextName(about.reused)} is reused.`,
      say`An app context of this app was already pushed, so Flask makes no new one. Its g is not new: ${held}. Tests often meet this by surprise.`,
    ];
  }
  const how = about.how === 'by hand' ? ' by hand' : about.how === 'test client' ? ' for the test client' : '';
  return [
    say`${lane} pushes request context ${name}${how}${forRequest(about)}.`,
    join(
      about.how === 'by hand'
        ? say`No client sent this request: ${code('test_request_context()')} or ${code('request_context()')} made it up.`
        : null,
      say`${code('request')} works from here on, and the session is opened next. Only this thread can see them.`,
    ),
  ];
}

/** @param {Scene} scene @param {ContextPopped} event @returns {[Phrase, Phrase]} */
export function tellPopped(scene, event) {
  const { lane, context } = scene;
  if (context === null) {
    return [say`${lane} pops context ${contextName(event.context)}.`, say`Its push is older than what is kept.`];
  }
  const { about } = context;
  const title = contextTitle(about);
  const age = durationText(event.durationNs);
  if (event.pushes > 0) {
    return [
      say`${lane} pops ${title} once. It is still pushed ${plural(event.pushes, 'time')}.`,
      say`Its g and its teardown functions wait for the last pop.`,
    ];
  }
  if (event.failure) {
    return [
      say`${lane} pops ${title}, and popping itself raises ${code(event.failure.type)}.`,
      event.failure.message === '' ? say`It lived ${age}.` : say`${event.failure.message} It lived ${age}.`,
    ];
  }
  const because = event.unhandled
    ? say`${code(event.unhandled.type)} left it unhandled${raisedAt(scene, event.unhandled.site)}, and it is popped all the same.`
    : null;
  if (!context.ownsG) {
    return [
      say`${lane} pops ${title}${forRequest(about)}.`,
      join(because, say`It lived ${age}.`, afterRequest(scene, event, context)),
    ];
  }
  const lost = context.g;
  const gone = lost.size === 0 ? say`Its empty g goes with it.` : say`Its g is thrown away, and ${names(lost)} with it.`;
  return [
    say`${lane} pops ${title}. ${gone}`,
    join(because, say`It lived ${age}.`, afterApp(scene, event)),
  ];
}

/** @param {Scene} scene @param {ContextAbandoned} event @returns {[Phrase, Phrase]} */
export function tellAbandoned(scene, event) {
  return [
    say`${scene.lane} ended with ${naming(scene, event.context)} still pushed.`,
    join(
      say`It was never popped, so its teardown functions never ran.`,
      scene.site === null ? null : say`It was pushed at ${scene.site}.`,
      say`In a block of ${code('with app.app_context():')} it is popped whatever happens.`,
    ),
  ];
}

/**
 * The request that an app context was pushed for: it comes right after it.
 *
 * @param {Scene} scene
 * @param {About} about
 * @returns {About} The same app context as long as the request did not come.
 */
function requestAbove({ store, step, event }, about) {
  for (let next = step + 1; next < Math.min(store.size, step + EVENTS_BETWEEN); next += 1) {
    const other = store.at(next);
    if (other.lane === event.lane) return other.kind === 'context.pushed' && other.about.sees.g === about.id ? other.about : about;
  }
  return about;
}

/** How many events of other threads may come between the two pushes of a request before it is not looked for. */
const EVENTS_BETWEEN = 20;

/** @param {Scene} scene @param {About} about */
function pusher(scene, about) {
  if (about.how === 'cli') return `The command on ${scene.lane} pushes`;
  if (about.how === 'test client') return `The test client on ${scene.lane} pushes`;
  return `${scene.lane} pushes`;
}

/** @param {About} about @returns {Phrase} */
function gAtPush(about) {
  const text = gHolds(about);
  return about.gUnseen === undefined ? text : say`${text} (FlaskScope cannot see ${about.gUnseen})`;
}

/** @param {About} about @returns {Phrase} */
function gHolds(about) {
  if (about.g === undefined || about.g.size === 0) return say`with a new, empty ${code('g')}`;
  return say`and its ${code('g')} already holds ${names(about.g)}`;
}

/** @param {Scene} scene @param {About} about @returns {Phrase | null} */
function hidingSentence(scene, about) {
  const outer = hiddenOwner(scene, about.id);
  if (outer === null || outer.hiddenBy === null) return null;
  const held = outer.g.size === 0 ? say`It hides the g of ${contextName(outer.id)}` : say`It hides the g of ${contextName(outer.id)} with ${assignments(outer.g)}`;
  const request = about.sees.request === null && scene.own?.stack.some((context) => context.about.type !== 'app')
    ? say` ${code('request')} and ${code('session')} are out of reach until then, too.`
    : [];
  return say`${held} until it is popped.${request}`;
}

/** @param {About} about @returns {Phrase} */
function reachSentence(about) {
  return about.sees.request === null
    ? say`${code('current_app')} and ${code('g')} work now. ${code('request')} and ${code('session')} still do not: there is no request.`
    : say`${code('current_app')} and ${code('g')} are those of this context; ${code('request')} is still the one beneath.`;
}

/** @param {Scene} scene @param {About} about @returns {Phrase | null} */
function origin(scene, about) {
  if (about.how === 'cli') return say`Flask wraps commands of the app in one.`;
  return scene.site === null ? null : say`Pushed at ${scene.site}.`;
}

/** What the last context of this lane, or of any, took with it. @param {Scene} scene @param {About} about @returns {Phrase | null} */
function previousG(scene, about) {
  if (about.g !== undefined && about.g.size > 0) return null;
  const popped = lastPopOf(scene.store, scene.step, (context) => context.ownsG && context.about.how === 'request');
  if (popped === null || popped.g.size === 0) return null;
  return say`The last request's ${names(popped.g)} went with its g.`;
}

/** @param {Scene} scene @param {ContextPopped} event @param {ContextState} context @returns {Phrase} */
function afterRequest(scene, event, context) {
  const saved = context.session?.saved?.written === true;
  const outer = event.sees.request;
  if (outer !== null) return say`${code('request')} is that of ${contextName(outer)} again.`;
  return saved
    ? say`${code('request')} and ${code('session')} are out of reach here; what was saved comes back with the cookie.`
    : say`${code('request')} and ${code('session')} raise ${code('RuntimeError')} in this thread now.`;
}

/** @param {Scene} scene @param {ContextPopped} event @returns {Phrase} */
function afterApp(scene, event) {
  const outer = event.sees.g;
  if (outer === null) {
    return say`${code('g')} and ${code('current_app')} raise ${code('RuntimeError')} in this thread now.`;
  }
  const context = contextAt(scene.store, outer, scene.step);
  const held = context === null || context.g.size === 0 ? [] : say`, with ${assignments(context.g)}`;
  return say`${code('g')} is that of ${contextName(outer)} again${held}.`;
}

/** @param {Scene} scene @param {number | null} site @returns {Phrase} ` (raised at views.py:12)`, or nothing */
function raisedAt(scene, site) {
  const name = site === null ? null : siteName(scene.store.sites.get(site));
  return name === null ? [] : say` (raised at ${code(name)})`;
}
