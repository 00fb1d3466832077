import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LossForecast } from './loss-forecast.ts';

const kept = 40_000_000;

/** Feeds one sample a second. */
function feed(forecast: LossForecast, fromSecond: number, lags: readonly number[]): void {
  for (const [i, lag] of lags.entries()) forecast.sample((fromSecond + i) * 1_000, lag);
}

test('a steady growth is told to the second', () => {
  const forecast = new LossForecast();
  feed(
    forecast,
    0,
    Array.from({ length: 60 }, (_, s) => s * 100_000),
  );
  const seconds = forecast.secondsToLoss(5_900_000, kept);
  assert.ok(Math.abs(seconds - 341) < 3, `${seconds} s`);
});

test('no alarm while nothing is unread, nor when what is unread shrinks, nor before a rate is known', () => {
  const forecast = new LossForecast();
  assert.equal(forecast.secondsToLoss(1_000_000, kept), Number.POSITIVE_INFINITY);
  feed(forecast, 0, [5_000_000, 4_000_000, 3_000_000]);
  assert.equal(forecast.secondsToLoss(3_000_000, kept), Number.POSITIVE_INFINITY);
  feed(forecast, 3, [9_000_000, 20_000_000]);
  assert.equal(forecast.secondsToLoss(0, kept), Number.POSITIVE_INFINITY);
});

test('a single burst moves it little, and beyond what is kept it is now', () => {
  const forecast = new LossForecast();
  feed(forecast, 0, [0, 0, 0, 0, 1_000_000]);
  assert.ok(forecast.secondsToLoss(1_000_000, kept) > 300);
  assert.equal(forecast.secondsToLoss(kept + 1, kept), 0);
});
