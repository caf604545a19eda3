/**
 * @import { SessionChanged, SessionDeleted, SessionOpened, SessionRead, SessionSaved } from '../events.js'
 * @import { Phrase } from '../phrases.js'
 * @import { Scene } from './scene.js'
 */

import { assignment, valueText } from '../naming.js';
import { code, join, listing, say } from '../phrases.js';
import { countText, plural } from '../units.js';
import { forRequest } from './scene.js';

/** Browsers may drop a cookie that is longer, and say nothing. */
const COOKIE_LIMIT_BYTES = 4_093;

/** @param {Scene} scene @param {SessionOpened} event @returns {[Phrase, Phrase]} */
export function tellSessionOpened(scene, event) {
  const request = scene.context === null ? [] : forRequest(scene.context.about);
  switch (event.origin) {
    case 'new':
      if (isMadeUp(scene)) {
        return [
          say`The session${request} opens empty: this request carries no cookie.`,
          say`Nobody sent the request, so no browser will get what is put into it.`,
        ];
      }
      return [
        say`The session${request} opens empty: this browser sent no session cookie.`,
        say`What is put into it goes into a cookie with the response, and comes back with the next request.`,
      ];
    case 'cookie':
      return [
        event.size === 0
          ? say`The session${request} opens from the browser's cookie, with nothing in it.`
          : say`The session comes back with the cookie: ${items(event)}.`,
        say`${code('g')} began empty, the session did not: it travels with the browser.`,
      ];
    case 'refused':
      return [
        say`A session cookie came, but Flask does not accept it. The session${request} starts empty.`,
        refusalOf(event.refusal),
      ];
    case 'null':
      return [
        say`There is no session${request}: the app has no secret key.`,
        say`It reads as empty, and writing to it raises an error. Set ${code('app.secret_key')}.`,
      ];
    case 'given':
      return [
        say`The session${request} is handed over with the request, not opened again.`,
        say`Both contexts share one and the same session.`,
      ];
    default:
      return [say`The session${request} is opened (${event.origin}).`, say`By ${code(event.interface)}.`];
  }
}

/** @param {string | null} refusal @returns {Phrase} */
function refusalOf(refusal) {
  switch (refusal) {
    case 'signature':
      return say`Its signature does not fit the secret key: mostly the key changed since it was made.`;
    case 'expired':
      return say`Its signature is right, but it is older than ${code('PERMANENT_SESSION_LIFETIME')} allows.`;
    case 'format':
      return say`No Flask app signed it: something else on this host uses a cookie of the same name.`;
    default:
      return say`Its signature is wrong or too old: mostly the secret key changed since it was made.`;
  }
}

/** @param {Scene} scene @param {SessionRead} event @returns {[Phrase, Phrase]} */
export function tellSessionRead(scene, event) {
  const value = scene.context?.session?.items.get(event.key);
  const asked = code(`session['${event.key}']`);
  if (!event.found) {
    return [
      say`${scene.lane} looks for ${asked}, and it is not in the session.`,
      say`Nothing was saved under that name for this browser.`,
    ];
  }
  return [
    value === undefined ? say`${scene.lane} reads ${asked}.` : say`${scene.lane} reads ${asked}: ${code(valueText(value))}.`,
    say`Reading alone writes no cookie.`,
  ];
}

/** @param {Scene} scene @param {SessionChanged} event @returns {[Phrase, Phrase]} */
export function tellSessionChanged(scene, event) {
  const old = scene.before?.session?.items.get(event.key);
  return [
    say`${scene.lane} writes ${code(`session['${event.key}'] = ${valueText(event.value)}`)}.`,
    join(old === undefined ? null : say`It was ${code(valueText(old))}.`, event.late ? TOO_LATE : unsaved(scene)),
  ];
}

/** @param {Scene} scene @param {SessionDeleted} event @returns {[Phrase, Phrase]} */
export function tellSessionDeleted(scene, event) {
  return [
    event.key === '*'
      ? say`${scene.lane} clears the session.`
      : say`${scene.lane} deletes ${code(`session['${event.key}']`)}.`,
    event.late ? TOO_LATE : unsaved(scene),
  ];
}

/** @param {Scene} scene @param {SessionSaved} event @returns {[Phrase, Phrase]} */
export function tellSessionSaved(scene, event) {
  const why = event.why === '' ? null : say`${capital(event.why)}.`;
  if (event.lost === true) {
    const keys = listing(event.nested.map(({ key }) => code(`session['${key}']`)), 2);
    return [
      say`What changed inside ${keys} is not saved: it is lost.`,
      say`Flask notices what is assigned to a key, not what happens within a value. Set ${code('session.modified = True')} after it.`,
    ];
  }
  if (!event.written) {
    const lost = scene.before?.session?.pending === true;
    return [
      lost ? say`The session is not saved: its changes are lost.` : say`The session is not saved: no cookie goes out.`,
      why ?? [],
    ];
  }
  const values = scene.context?.session?.items;
  if (values !== undefined && values.size === 0) {
    return [
      say`The session is saved empty: the browser is told to drop its cookie.`,
      join(why, say`The next request of this browser opens a new session.`),
    ];
  }
  const changed = event.changed.map((key) => {
    const value = values?.get(key);
    return code(value === undefined ? key : assignment(key, value));
  });
  const what = changed.length === 0
    ? say`The session is saved: a cookie goes out with the response.`
    : say`The session is saved: ${listing(changed, 2)} ${changed.length === 1 ? 'goes' : 'go'} into the cookie of the response.`;
  const bytes = event.cookieBytes;
  return [
    event.late ? say`The session is saved too late: the response had already left.` : what,
    join(
      why,
      bytes === null || bytes === 0 ? null : say`${plural(bytes, 'byte')}.`,
      bytes !== null && bytes > COOKIE_LIMIT_BYTES
        ? say`Browsers drop cookies above ${countText(COOKIE_LIMIT_BYTES)} bytes without a word.`
        : event.late ? null : say`The next request of this browser finds it again.`,
    ),
  ];
}

const TOO_LATE = say`Too late: the session was saved already or the response has left, so nothing keeps this change.`;

/** Whether the request was made up in code, so that no response goes to a browser. @param {Scene} scene */
function isMadeUp(scene) {
  return scene.context?.about.how === 'by hand';
}

/** @param {Scene} scene @returns {Phrase} */
function unsaved(scene) {
  if (isMadeUp(scene)) return say`Nobody sent this request, so there is no response to save it with: it goes when the context is popped.`;
  const saved = scene.before?.session?.saved;
  if (saved) return say`The session was already saved: the response may be gone, and this change with it.`;
  const origin = scene.before?.session?.opened?.origin;
  return origin === 'new'
    ? say`Not saved yet: the browser still has no session. Flask saves it when the response is ready.`
    : say`Not saved yet: the browser's cookie is still the old one. Flask saves it when the response is ready.`;
}

/** @param {SessionOpened} event @returns {Phrase} */
function items(event) {
  const shown = event.items.slice(0, 2).map(({ key, value }) => code(assignment(key, value)));
  const rest = event.size - shown.length;
  return rest > 0 ? say`${shown[0]}, ${shown[1]} and ${rest} more` : listing(shown);
}

/** @param {string} sentence */
function capital(sentence) {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1).replace(/\.$/, '');
}
