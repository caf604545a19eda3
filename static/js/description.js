/**
 * What happened, in a few words: the cell of the event table.
 *
 * @import { About, ScopeEvent } from './events.js'
 * @import { Phrase } from './phrases.js'
 */

import { contextName } from './events.js';
import { requestName, valueText } from './naming.js';
import { code, listing, say } from './phrases.js';
import { durationText } from './units.js';

/** @typedef {'app' | 'request' | 'g' | 'session' | 'error' | 'plain'} Subject */

/**
 * @param {ScopeEvent} event
 * @param {About | null} about  Of the event's context.
 * @returns {Phrase}
 */
export function describe(event, about) {
  switch (event.kind) {
    case 'context.pushed':
      return describePush(event.about);
    case 'context.popped': {
      const name = about === null ? 'Context' : typeWord(about);
      if (event.pushes > 0) return say`${name} popped once, still pushed ${event.pushes} more`;
      if (event.failure) return say`${name} popped, and that raised ${code(event.failure.type)}`;
      if (event.unhandled) return say`${name} popped by ${code(event.unhandled.type)}`;
      return about?.type === 'request' ? say`${name} popped` : say`${name} popped, its g is gone`;
    }
    case 'context.abandoned':
      return say`Never popped: its thread ended`;
    case 'g.set':
      return say`g.${code(event.name)} set to ${code(valueText(event.value))}`;
    case 'g.deleted':
      return say`g.${code(event.name)} deleted`;
    case 'g.read':
      return say`g.${code(event.name)} read`;
    case 'g.missed':
      return event.how === 'attribute'
        ? say`AttributeError: g has no ${code(event.name)}`
        : say`g.${code(`${event.how}(${quoted(event.name)})`)} found nothing`;
    case 'session.opened':
      return describeOpening(event);
    case 'session.read':
      return event.found
        ? say`Session read: ${code(event.key)}`
        : say`Session read: no ${code(event.key)} in it`;
    case 'session.changed':
      return say`Session changed${event.late ? ', too late to be saved' : ''}: ${code(`${event.key} = ${valueText(event.value)}`)}`;
    case 'session.deleted':
      return say`${event.key === '*' ? say`Session cleared` : say`Session: ${code(event.key)} deleted`}${event.late ? ', too late to be saved' : ''}`;
    case 'session.saved':
      if (event.lost === true) return say`Session: the change inside ${listing(event.nested.map(({ key }) => code(key)), 2)} is lost`;
      if (!event.written) return say`Session not written: ${event.why}`;
      return event.late ? say`Session saved, too late: the response had left` : say`Session saved into the cookie`;
    case 'request.started':
      return say`Request handling starts`;
    case 'request.matched':
      return event.failure
        ? say`No view: ${code(event.failure.type)}`
        : say`URL matched: view ${code(event.endpoint ?? '')}`;
    case 'request.finished':
      return say`Response ready: ${event.status} after ${durationText(event.durationNs)}`;
    case 'exception':
      return say`${code(event.type)}${event.message ? `: ${event.message}` : ''}${event.handled ? ' (handled)' : ''}`;
    case 'teardown':
      return event.failure
        ? say`Teardown ${code(event.name)} raised ${code(event.failure.type)}`
        : say`Teardown ${code(event.name)} ran`;
    case 'access.failed':
      return say`RuntimeError: ${code(event.proxy)} has nothing behind it`;
    case 'thread.started':
      return say`Thread ${code(event.thread)} started`;
    case 'recorder.failed':
      return say`FlaskScope failed in ${code(event.hook)}`;
    case 'recorder.resumed':
      return say`Recording goes on, after ${durationText(event.pausedNs)} in which nobody watched`;
  }
}

/**
 * What an event is about: its colour and mark, wherever it is shown.
 *
 * @param {ScopeEvent} event
 * @param {About | null} about
 * @returns {Subject}
 */
export function subjectOf(event, about) {
  if (isProblem(event)) return 'error';
  switch (event.kind) {
    case 'context.pushed':
      return event.about.type === 'app' ? 'app' : 'request';
    case 'context.popped':
      return about === null || about.type === 'app' ? 'app' : 'request';
    case 'teardown':
      return event.level === 'app' ? 'app' : 'request';
    case 'exception': // one that is handled
    case 'thread.started':
    case 'recorder.resumed':
      return 'plain';
    default: {
      const [subject] = event.kind.split('.');
      return /** @type {Subject} */ (subject);
    }
  }
}

/**
 * @param {ScopeEvent} event
 * @returns {boolean} Whether something went wrong.
 */
export function isProblem(event) {
  switch (event.kind) {
    case 'exception':
      return event.handled !== true;
    case 'access.failed':
    case 'context.abandoned':
    case 'recorder.failed':
      return true;
    case 'teardown':
    case 'context.popped':
      return event.failure !== null;
    case 'session.changed':
    case 'session.deleted':
      return event.late;
    case 'session.saved':
      return event.late || event.lost === true;
    case 'session.opened':
      return event.origin === 'refused';
    default:
      return false;
  }
}

/** @param {About} about @returns {Phrase} */
function describePush(about) {
  const word = typeWord(about);
  if (about.pushes > 1) return say`${word} pushed again, ${about.pushes} times now`;
  if (about.type === 'request') {
    const request = requestName(about);
    if (about.copied !== undefined) return say`Copy of request ${contextName(about.copied)} pushed`;
    if (about.reused !== undefined) return say`Request context pushed, reusing app context ${contextName(about.reused)}`;
    return request === null ? say`Request context pushed` : say`Request context pushed for ${code(request)}`;
  }
  const by = about.how === 'by hand' ? ' by hand' : '';
  const g = about.g !== undefined && about.g.size > 0 ? 'its g is not empty' : 'with a new, empty g';
  return say`${word} pushed${by}, ${g}`;
}

/** @param {import('./events.js').SessionOpened} event @returns {Phrase} */
function describeOpening(event) {
  switch (event.origin) {
    case 'new':
      return say`Session opened: new, no cookie came`;
    case 'cookie':
      return event.items.length === 0
        ? say`Session opened from the cookie, empty`
        : say`Session opened from the cookie: ${code(`${event.items[0].key} = ${valueText(event.items[0].value)}`)}${
            event.size > 1 ? ` and ${event.size - 1} more` : ''}`;
    case 'refused':
      return say`Session cookie refused: starts empty`;
    case 'null':
      return say`No session: the app has no secret key`;
    case 'given':
      return say`Session handed over with the request`;
    default:
      return say`Session opened (${event.origin})`;
  }
}

/** @param {About} about */
function typeWord(about) {
  return { app: 'App context', request: 'Request context', both: 'Context' }[about.type];
}

/** @param {string} name */
function quoted(name) {
  return `'${name}'`;
}
