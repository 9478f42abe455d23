// Opens the page in Chromium, presses its button, and waits until the spans are sent.
import { chromium } from 'playwright-core';
import { address } from './serve.mjs';

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const page = await browser.newPage();
await page.goto(`${await address}/?request=${process.env.REQUEST_ID}`);
const sent = page.waitForResponse((response) => response.url().endsWith('/v1/traces') && response.status() === 200);
await page.click('button');
await page.waitForSelector('output:has-text("ordered")');
await sent;
await browser.close();
process.exit();
