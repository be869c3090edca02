/*
 * Lets a page know of changes as they come; bugloss.js loads it where `data-live` says so. Of a browser's tabs one reads the stream of
 * changes and tells the others of its origin; hidden ones wait. Where no stream comes through, it asks and is kept waiting. A change is
 * a hint only: what is shown is asked for as ever, so that nobody sees what is not for them.
 */

const SECOND = 1000;
const BACK_OFF = [1, 2, 4, 8, 15, 30, 60];
const FIRST_WORD = 10 * SECOND; // A stream begins with its place: what says nothing is held back by a proxy.
const SILENCE = 45 * SECOND; // Something comes every 15 seconds.
const HIDDEN = 60 * SECOND;
const POLL_SECONDS = 20;
const MOST_CHARACTERS = 1_000_000;
const ELSEWHERE = 2.5 * SECOND; // A node may show for 2 seconds what another one knows better.

/** Tells the page: the event `changes`, whose `detail` are the items; none of them where some may have been missed. */
export const news = new EventTarget();

let page, name, channel, reading, hiding;
let place = 'now';
let polls;

/** What no going on helps with. */
class Refused extends Error {}

/** Begins, or begins anew as somebody else. What bugloss.js gives: its bugs, what wakes its loader, its calls and settings. */
export function follow(given) {
	page = given;
	const {api, live, token} = page.settings;
	const other = `bugloss ${api} ${live} ${typeof token === 'string' ? hash(token) : ''}`;
	if (name !== other) {
		name = other;
		place = 'now';
		channel?.close();
		// Without locks, which browsers give to https only, each tab that is seen reads for itself.
		channel = navigator.locks && new BroadcastChannel(name);
		if (channel) channel.onmessage = ({data}) => hear(data);
	}
	begin();
}

/** Those who may see other things are told by others. Of a token this tells nothing that helps to guess it. */
function hash(text) {
	let sum = 0;
	for (const character of text) sum = Math.imul(sum, 31) + character.codePointAt(0) | 0;
	return sum;
}

function begin() {
	stop();
	if (document.hidden) return;
	polls = false;
	reading = new AbortController();
	const {signal} = reading;
	channel?.postMessage({asks: true});
	(channel ? navigator.locks.request(name, {signal}, () => read(signal)) : read(signal)).catch(error => {
		if (!signal.aborted) console.warn(`Bugloss: ${error.message}`);
	});
}

function stop() {
	clearTimeout(hiding);
	reading?.abort();
	reading = null;
}

document.addEventListener('visibilitychange', () => {
	clearTimeout(hiding);
	if (document.hidden) hiding = setTimeout(stop, HIDDEN);
	else if (page && !reading) begin();
});

/** What another tab says: it wants to know where we are, or tells us. */
function hear({asks, items, place: theirs}) {
	if (asks) {
		if (place !== 'now') channel.postMessage({items: [], place});
	} else if (place === 'now') {
		place = theirs;
		learn([]);
	} else if (items.length) {
		place = theirs;
		learn(items);
	}
}

function tell(items, next) {
	const first = place === 'now';
	place = next;
	channel?.postMessage({items, place});
	if (first) learn([]);
	else if (items.length) learn(items);
}

/** Reads for as long as this tab is the one that does. */
async function read(signal) {
	for (let failures = 0; !signal.aborted;) {
		const began = Date.now();
		let wait = Math.random() * SECOND;
		try {
			if (await (polls ? poll : stream)(signal)) failures = 0;
		} catch (error) {
			if (signal.aborted) return;
			if (error instanceof Refused) throw error;
			if (Date.now() - began > SILENCE) failures = 0;
			wait = Math.max(BACK_OFF[Math.min(failures++, 6)] * SECOND * (0.5 + Math.random()), error.wait || 0);
		}
		await pause(wait, signal);
	}
}

function pause(wait, signal) {
	return new Promise(go => {
		const over = new AbortController();
		const once = {signal: over.signal};
		const end = () => {
			over.abort();
			clearTimeout(timer);
			go();
		};
		const timer = setTimeout(end, wait);
		signal.addEventListener('abort', end, once);
		addEventListener('online', end, once);
	});
}

/** Asks for what comes behind the place; for no longer than somebody says that it goes on. */
async function ask(query, accept, signal) {
	const response = await page.call(`changes?after=${encodeURIComponent(place)}${query}`, {headers: {Accept: accept}, signal});
	const {status, headers} = response;
	if (response.ok) return response;
	if ([401, 403, 404, 405].includes(status)) throw new Refused(`changes are not told to this page (${status}).`);
	if (status === 410 || status === 400) place = 'now'; // Too old, or of another database.
	if (status === 406) polls = true;
	throw Object.assign(new Error(), {wait: headers.get('Retry-After') * SECOND});
}

async function poll(signal) {
	const patient = AbortSignal.any([signal, AbortSignal.timeout((POLL_SECONDS + 10) * SECOND)]);
	const {items, next} = await (await ask(`&wait=${place === 'now' ? 0 : POLL_SECONDS}`, 'application/json', patient)).json();
	tell(items, next);
	return true;
}

/** Whether it ended as streams do. */
async function stream(signal) {
	const silence = new AbortController();
	let timer = setTimeout(() => silence.abort(), SILENCE);
	try {
		const response = await ask('', 'text/event-stream', AbortSignal.any([signal, silence.signal]));
		if (!response.headers.get('Content-Type')?.startsWith('text/event-stream')) {
			polls = true;
			return true;
		}
		const told = events();
		const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
		for (let heard = false; ; heard = true) {
			clearTimeout(timer);
			timer = setTimeout(() => {
				polls ||= !heard;
				silence.abort();
			}, heard ? SILENCE : FIRST_WORD);
			const {done, value} = await reader.read();
			if (done) return heard;
			const {items, place: next} = told(value);
			if (next) tell(items, next);
		}
	} finally {
		clearTimeout(timer);
		silence.abort();
	}
}

/** Takes a stream's text bit by bit, and gives what each bit completes. */
function events() {
	let text = '';
	let data = '';
	let id;
	return bit => {
		const items = [];
		let place; // Of what is complete: what is not comes again where the stream breaks off.
		const lines = (text + bit).split(/\r?\n/);
		text = lines.pop();
		for (const line of lines) {
			const [, field, value] = /^([^:]*):? ?(.*)/.exec(line);
			if (field === 'id') id = value;
			if (field === 'data') data += value;
			if (line) continue;
			place = id;
			if (data) items.push(JSON.parse(data));
			data = '';
		}
		if (text.length + data.length > MOST_CHARACTERS) throw new Error();
		return {items, place};
	};
}

/** Has what changed asked for anew: soon, but not by all readers of the world at once. */
function learn(items) {
	setTimeout(() => {
		renew(items, () => true);
		news.dispatchEvent(new CustomEvent('changes', {detail: items}));
	}, Math.random() * 400);
	if (items.length) setTimeout(() => renew(items, differs), ELSEWHERE);
}

function renew(items, isMeant) {
	const changed = new Map(items.map(item => [item.url, item.after]));
	for (const bug of page.bugs.values()) {
		const after = changed.get(bug.url) ?? changed.get(bug.details?.url);
		if (!items.length || after && isMeant(bug.details, after)) page.wake(bug.next = 0);
	}
}

const differs = (details, after) => ['status', 'resolved', 'title'].some(key => details?.[key] !== after[key]);
