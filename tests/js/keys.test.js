import assert from 'node:assert/strict';
import { test } from 'node:test';

import { commandOf } from '../../static/js/keys.js';

/** @param {string} key @param {Partial<import('../../static/js/keys.js').KeyPress>} [held] */
function press(key, held = {}) {
  return { key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held };
}

test('digits fire, except where they are text', () => {
  for (const focus of /** @type {const} */ (['timeline', 'control', 'nothing'])) {
    assert.deepEqual({ digit: '3' }, commandOf(press('3'), focus));
  }
  assert.equal(null, commandOf(press('3'), 'text'));
  assert.equal(null, commandOf(press('0'), 'nothing'));
});

test('letters and signs act only while the timeline has the focus', () => {
  for (const [key, command] of [['t', 'table'], ['T', 'table'], ['e', 'problem'], ['[', 'contextBack'], [']', 'contextNext'], [',', 'laneBack'], ['.', 'laneNext']]) {
    assert.deepEqual({ command }, commandOf(press(key), 'timeline'));
    assert.equal(null, commandOf(press(key), 'nothing'));
    assert.equal(null, commandOf(press(key), 'control'));
  }
});

test('arrows, Home and End act everywhere but in text', () => {
  for (const [key, command] of [['ArrowLeft', 'back'], ['ArrowRight', 'next'], ['Home', 'first'], ['End', 'follow']]) {
    assert.deepEqual({ command }, commandOf(press(key), 'nothing'));
    assert.equal(null, commandOf(press(key), 'text'));
  }
});

test('space plays, but presses the button that has the focus', () => {
  assert.deepEqual({ command: 'play' }, commandOf(press(' '), 'nothing'));
  assert.deepEqual({ command: 'play' }, commandOf(press(' '), 'timeline'));
  assert.equal(null, commandOf(press(' '), 'control'));
});

test('what the browser or the system wants is theirs', () => {
  assert.equal(null, commandOf(press('1', { ctrlKey: true }), 'timeline'));
  assert.equal(null, commandOf(press('ArrowLeft', { altKey: true }), 'timeline'));
  assert.equal(null, commandOf(press('e', { metaKey: true }), 'timeline'));
});

test('with Shift, E and F3 go the other way', () => {
  assert.deepEqual({ command: 'problemBack' }, commandOf(press('E', { shiftKey: true }), 'timeline'));
  assert.deepEqual({ command: 'hitBack' }, commandOf(press('F3', { shiftKey: true }), 'nothing'));
  assert.deepEqual({ command: 'hit' }, commandOf(press('F3'), 'text'));
});

test('the Page keys move the playhead, but scroll what has the focus and can scroll', () => {
  assert.deepEqual({ command: 'pageNext' }, commandOf(press('PageDown'), 'nothing'));
  assert.equal(null, commandOf(press('PageDown'), 'control'));
});

test('switched off, no letter, digit or sign does anything; the other keys still do', () => {
  for (const key of ['1', '?', '/', 'e', '[', '.']) assert.equal(null, commandOf(press(key), 'timeline', false));
  for (const key of ['ArrowLeft', 'End', ' ', 'Escape', 'PageUp', 'F3']) assert.notEqual(null, commandOf(press(key), 'timeline', false));
});

test('brackets act where the keyboard needs Alt for them', () => {
  assert.deepEqual({ command: 'contextBack' }, commandOf(press('[', { altKey: true }), 'timeline'));
  assert.deepEqual({ command: 'contextNext' }, commandOf(press(']', { altKey: true, ctrlKey: true }), 'timeline'));
  for (const held of [{ ctrlKey: true }, { altKey: true, metaKey: true }]) {
    assert.equal(null, commandOf(press('[', held), 'timeline'));
  }
  assert.equal(null, commandOf(press('e', { altKey: true }), 'timeline'));
  assert.equal(null, commandOf(press('[', { altKey: true }), 'text'));
});

test('with Shift the arrows up and down scroll the lanes, but not in what scrolls itself', () => {
  for (const [key, command] of [['ArrowUp', 'lanesUp'], ['ArrowDown', 'lanesDown']]) {
    assert.deepEqual({ command }, commandOf(press(key, { shiftKey: true }), 'timeline'));
    assert.equal(null, commandOf(press(key), 'timeline'));
    assert.equal(null, commandOf(press(key, { shiftKey: true }), 'control'));
  }
});
