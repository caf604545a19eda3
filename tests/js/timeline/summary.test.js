import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TimelineModel } from '../../../static/js/timeline/model.js';
import { Recording } from './recording.js';

test('contexts, leaks and problems in view are counted, and those elsewhere are not', () => {
  const recording = new Recording();
  recording.visit(1, 1);
  const middle = recording.send().size;
  const leaked = recording.push(2, { how: 'by hand' });
  recording.event('context.abandoned', 2, leaked);
  recording.event('access.failed', 3, null, 'g', 'Working outside of application context.', false, 'app');
  const model = new TimelineModel(recording.send());
  model.advance();

  assert.deepEqual(model.summary(0, middle - 1), { contexts: 2, leaked: 0, problems: 0, lanes: 1 });
  assert.deepEqual(model.summary(middle, model.size - 1), { contexts: 1, leaked: 1, problems: 2, lanes: 2 });
  assert.deepEqual(model.summary(0, model.size - 1), { contexts: 3, leaked: 1, problems: 2, lanes: 3 });
});
