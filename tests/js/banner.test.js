/** What is said of the server in a line of its own. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { bannerOf } from '../../static/js/banner/model.js';
import { plainText } from '../../static/js/phrases.js';

/** @param {'unseen' | 'hub' | null} siblings */
const aHello = (siblings) => ({ process: { pid: 4121, name: 'gunicorn', host: null, siblings } });

/** @param {Parameters<typeof bannerOf>} given */
function textOf(...given) {
  const phrase = bannerOf(...given);
  return phrase === null ? null : plainText(phrase);
}

test('one of several processes says that the others are not shown, and how they would be', () => {
  const text = textOf({ kind: 'open' }, aHello('unseen'));

  assert.match(String(text), /^Only process 4121 is shown, and the server has others\. .*flaskscope hub.*FLASKSCOPE_HUB_URL/);
});

test('where all send to a hub, that is the one to open', () => {
  assert.match(String(textOf({ kind: 'open' }, aHello('hub'))), /to the hub at FLASKSCOPE_HUB_URL: open that one\.$/);
});

test('why a server has no stream is said while it has none', () => {
  assert.equal('Use threads.', textOf({ kind: 'waiting', seconds: 2, why: 'Use threads.' }, null));
});

test('an ordinary server, and one that is away for a moment, are not worth a word', () => {
  assert.equal(null, textOf({ kind: 'open' }, aHello(null)));
  assert.equal(null, textOf({ kind: 'waiting', seconds: 2, why: null }, aHello(null)));
  assert.equal(null, textOf({ kind: 'connecting' }, null));
});
