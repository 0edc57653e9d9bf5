// Debian's chromium on a host of tests/scenarios/lib/netns.mjs, or without one.
//
//	const browser = await openBrowser(t, host);
//	const page = await browser.newPage();
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cleanup } from '../../scenarios/lib/cleanup.mjs';
import { temporaryDirectory } from '../../scenarios/lib/peer.mjs';
import { netnsMissing } from '../../scenarios/lib/netns.mjs';

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic',
	'--no-first-run', '--disable-background-networking',
	'--disable-component-update', '--disable-sync'];

const root = fileURLToPath(new URL('../../..', import.meta.url));
const shots = resolve(root, process.env.BUILD ?? 'build', 'screenshots');

const playwright = await import('playwright-core').catch(() => undefined);

// Why a browser cannot be used here (on a host); undefined if it can.
export const chromiumMissing =
	(existsSync(CHROMIUM) ? undefined : 'no chromium (apt install chromium)') ??
	(playwright ? undefined : 'no playwright-core (npm ci in tests/browser)');
export const browserMissing = netnsMissing ?? chromiumMissing;

// A browser with a profile of its own that lives on the host's network (none:
// on the machine's).
export async function openBrowser(t, host, options = {}) {
	const directory = temporaryDirectory(t);
	let program = CHROMIUM;
	if (host) {
		program = join(directory, 'chromium');
		const words = host.command(CHROMIUM).map((word) => `'${word}'`).join(' ');
		writeFileSync(program, `#!/bin/sh\nexec ${words} "$@"\n`);
		chmodSync(program, 0o755);
	}
	const browser = await playwright.chromium.launchPersistentContext(
		join(directory, 'profile'), { executablePath: program, args: FLAGS,
			viewport: { width: 1100, height: 760 }, ...options });
	cleanup(t, () => browser.close());
	return browser;
}

export async function screenshot(page, name) {
	mkdirSync(shots, { recursive: true });
	await page.screenshot({ path: join(shots, `${name}.png`) });
}

// What the page complained about: errors, and what its policy forbade.
export function complaints(page) {
	const all = [];
	page.on('pageerror', (error) => all.push(error.message));
	page.on('console', (line) => line.type() === 'error' && all.push(line.text()));
	return all;
}
