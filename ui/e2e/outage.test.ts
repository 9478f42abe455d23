// The server goes away: what is still true stays, and the question is not lost.
import { expect, test } from 'vitest';
import { lone } from './spans.ts';
import { expectAddress, standUp } from './world.ts';

const world = standUp(async (hopline) => {
  await hopline.zipkin([lone('shop', 'get /cart', 20, { tags: { environment: 'prod' } })]);
});

// Last in its file: the server does not come back.
test('without a server the question stays, and asking again is one press away', async () => {
  const page = await world.page({ expected: /ERR_CONNECTION_REFUSED/ });
  await page.goto('/?service=shop');
  await page.getByRole('list', { name: 'Traces found' }).getByRole('listitem').waitFor();
  await world.hopline.stop();
  const query = page.getByRole('combobox', { name: 'Query' });
  await query.fill('environment=prod');
  await query.press('Enter');
  const alert = page.getByRole('alert').filter({ hasText: 'Cannot reach Hopline' });
  await alert.waitFor();
  expect(await alert.innerText()).toContain('Your query is kept.');
  await page.getByRole('button', { name: 'Remove environment is prod' }).waitFor();
  await expectAddress(page, '/', { service: 'shop', tag: 'environment=prod' });
  await page.getByRole('button', { name: 'Try now' }).click();
  await alert.waitFor();
  await page.keyboard.press('Control+k');
  await page.getByLabel('Id or log line').fill('req-1');
  await page.getByRole('dialog').getByText('Hopline could not answer.').waitFor();
});
