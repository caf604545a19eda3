/** The colours can be told apart by everybody, and what is written in them can be read. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const CSS = readFileSync(new URL('../../static/css/palette.css', import.meta.url), 'utf8');

const MEANINGS = ['app', 'request', 'g', 'session', 'error'];

/** Ratios of WCAG 2: text, and lines or glyphs. */
const TEXT_CONTRAST = 4.5;
const SHAPE_CONTRAST = 3;

/** Two colours of different meaning are at least this far apart (CIEDE2000), whoever looks. */
const SMALLEST_DIFFERENCE = 12;

/** How linear light is seen without one kind of cone (Machado, Oliveira and Fernandes 2009, severity 1). */
const VISIONS = {
  usual: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

/** @param {string} css @returns {Map<string, string>} */
function coloursIn(css) {
  return new Map([...css.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map(([, name, colour]) => [name, colour]));
}

const light = CSS.indexOf("[data-theme='light']");
const themes = { dark: coloursIn(CSS.slice(0, light)), light: coloursIn(CSS.slice(light)) };

/** @param {string} colour @returns {number[]} Linear light, 0 … 1. */
function linear(colour) {
  return [1, 3, 5].map((at) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
}

/** @param {number[]} colour */
function luminance([r, g, b]) {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** @param {string} one @param {string} other */
function contrast(one, other) {
  const [dark, bright] = [one, other].map((colour) => luminance(linear(colour))).sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
}

/** @param {number[][]} matrix @param {number[]} colour */
function seen(matrix, colour) {
  return matrix.map((row) => Math.min(1, Math.max(0, row.reduce((sum, factor, i) => sum + factor * colour[i], 0))));
}

/** CIELAB under D65. @param {number[]} colour  Linear light. */
function lab([r, g, b]) {
  const [x, y, z] = [
    (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047,
    0.2126729 * r + 0.7151522 * g + 0.072175 * b,
    (0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883,
  ].map((t) => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 * t + 16) / 116));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** CIEDE2000 between two CIELAB colours. @param {number[]} one @param {number[]} other */
function difference([L1, a1, b1], [L2, a2, b2]) {
  const rad = Math.PI / 180;
  const meanC = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
  const G = 0.5 * (1 - Math.sqrt(meanC ** 7 / (meanC ** 7 + 25 ** 7)));
  const [A1, A2] = [a1 * (1 + G), a2 * (1 + G)];
  const [C1, C2] = [Math.hypot(A1, b1), Math.hypot(A2, b2)];
  const [h1, h2] = [[b1, A1], [b2, A2]].map(([b, a]) => (a === 0 && b === 0 ? 0 : (Math.atan2(b, a) / rad + 360) % 360));
  const dL = L2 - L1;
  const dC = C2 - C1;
  let dh = C1 * C2 === 0 ? 0 : h2 - h1;
  if (dh > 180) dh -= 360;
  else if (dh < -180) dh += 360;
  const dH = 2 * Math.sqrt(C1 * C2) * Math.sin(dh / 2 * rad);
  const L = (L1 + L2) / 2;
  const C = (C1 + C2) / 2;
  let h = h1 + h2;
  if (C1 * C2 !== 0) {
    if (Math.abs(h1 - h2) <= 180) h /= 2;
    else h = h < 360 ? (h + 360) / 2 : (h - 360) / 2;
  }
  const T = 1 - 0.17 * Math.cos((h - 30) * rad) + 0.24 * Math.cos(2 * h * rad) + 0.32 * Math.cos((3 * h + 6) * rad) - 0.2 * Math.cos((4 * h - 63) * rad);
  const SL = 1 + 0.015 * (L - 50) ** 2 / Math.sqrt(20 + (L - 50) ** 2);
  const SC = 1 + 0.045 * C;
  const SH = 1 + 0.015 * C * T;
  const RT = -2 * Math.sqrt(C ** 7 / (C ** 7 + 25 ** 7)) * Math.sin(60 * Math.exp(-(((h - 275) / 25) ** 2)) * rad);
  return Math.sqrt((dL / SL) ** 2 + (dC / SC) ** 2 + (dH / SH) ** 2 + RT * (dC / SC) * (dH / SH));
}

test('the difference is the published one for published pairs', () => {
  const pairs = [
    [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425],
    [[50, 2.5, 0], [73, 25, -18], 27.1492],
    [[90.8027, -2.0831, 1.441], [91.1528, -1.6435, 0.0447], 1.4441],
  ];
  for (const [one, other, expected] of /** @type {[number[], number[], number][]} */ (pairs)) {
    assert.ok(Math.abs(difference(one, other) - expected) < 1e-4, `${difference(one, other)} is not ${expected}`);
  }
});

for (const [theme, colours] of Object.entries(themes)) {
  /** @param {string} name */
  const colour = (name) => {
    const found = colours.get(name);
    assert.ok(found, `${theme} has no --${name}`);
    return found;
  };

  test(`${theme}: text can be read wherever it stands`, () => {
    const pairs = [
      ...['bg', 'panel', 'raised', 'raised-hover', 'selected'].flatMap((ground) => [['text', ground], ['muted', ground], ['code', ground]]),
      ...['bg', 'panel', 'raised', 'selected'].flatMap((ground) => [['error-text', ground], ['session-text', ground]]),
      ...['app', 'request'].map((name) => [`${name}-ink`, `${name}-fill`]),
      ...['g', 'session', 'error', 'button', 'playhead'].map((name) => [`${name}-ink`, name]),
    ];
    const low = pairs.map(([ink, ground]) => [ink, ground, contrast(colour(ink), colour(ground))]).filter(([, , ratio]) => Number(ratio) < TEXT_CONTRAST);

    assert.deepEqual(low, []);
  });

  test(`${theme}: lines and glyphs stand out from the ground`, () => {
    const pairs = [...['app', 'request', 'g-line', 'session', 'error', 'focus', 'playhead'].flatMap((line) => [[line, 'bg'], [line, 'panel']])];
    const low = pairs.map(([line, ground]) => [line, ground, contrast(colour(line), colour(ground))]).filter(([, , ratio]) => Number(ratio) < SHAPE_CONTRAST);

    assert.deepEqual(low, []);
  });

  for (const [vision, matrix] of Object.entries(VISIONS)) {
    test(`${theme}: two meanings never look alike, ${vision}`, () => {
      const near = MEANINGS.flatMap((one, i) => MEANINGS.slice(i + 1).map((other) => {
        const [a, b] = [one, other].map((name) => lab(seen(matrix, linear(colour(name)))));
        return `${one} and ${other}: ${difference(a, b).toFixed(1)}`;
      })).filter((text) => Number(text.split(': ')[1]) < SMALLEST_DIFFERENCE);

      assert.deepEqual(near, []);
    });
  }
}
