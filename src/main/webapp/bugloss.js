/*
 * An info icon beside each bug link of any page, and a tooltip that tells what is known of the bug. It writes no HTML
 * (Trusted Types), no inline style (strict CSP), no global name, and stores nothing. At most 32,000 bytes.
 */

const TEXTS = {
	en: {
		assignee: 'Assignee', priority: 'Priority', type: 'Type', resolution: 'Resolution', labels: 'Labels', close: 'Close',
		open: 'open', resolved: 'resolved', unknown: 'Status unknown', none: 'No details', late: 'Looking it up…',
		slow: 'The tracker is slow; still asking…', noBug: 'There is no such bug.',
		refused: 'This page’s token is not accepted.', away: 'Bugloss does not answer.', restricted: 'You may not see this bug.',
		asOf: 'as of {0}', stale: 'Old; being refreshed', since: 'Not confirmed for {0}: {1}', again: '; asked again {0}',
		page: 'Read from the page', script: 'Set by a script', by: 'Set by {0}', moved: 'Moved to {0}',
	},
	de: {
		assignee: 'Bearbeitet von', priority: 'Priorität', type: 'Art', resolution: 'Ergebnis', labels: 'Merkmale',
		close: 'Schließen', open: 'offen', resolved: 'erledigt', unknown: 'Status unbekannt', none: 'Keine Angaben',
		late: 'Wird nachgesehen …', slow: 'Der Tracker ist langsam; die Anfrage läuft …',
		noBug: 'Diesen Bug gibt es nicht.', refused: 'Das Token dieser Seite gilt nicht.', away: 'Bugloss antwortet nicht.',
		restricted: 'Diesen Bug dürfen Sie nicht sehen.', asOf: 'Stand: {0}', stale: 'Alt; wird gerade aufgefrischt',
		since: 'Seit {0} nicht bestätigt: {1}', again: '; nächste Anfrage {0}', page: 'Von der Seite gelesen',
		script: 'Von einem Skript gesetzt', by: 'Gesetzt von {0}', moved: 'Verschoben nach {0}',
	},
};

/** The texts of an element's language, and its ages. */
function languageOf(element) {
	let tag;
	for (let node = element; node && !tag; node = node.parentElement ?? node.getRootNode().host) tag = node.lang;
	tag = (tag || navigator.language).slice(0, 2).toLowerCase();
	if (!(tag in TEXTS)) tag = 'en';
	const texts = TEXTS[tag];
	const parts = time => {
		let amount = (Date.parse(time) - Date.now()) / 1000;
		for (const [unit, many] of [['second', 60], ['minute', 60], ['hour', 24], ['day', 365], ['year', Infinity]]) {
			if (Math.abs(Math.round(amount)) < many) return [Math.round(amount), unit];
			amount /= many;
		}
	};
	return {
		tag,
		texts,
		say: (key, ...values) => texts[key].replace(/\{(\d)\}/g, (_, i) => values[i]),
		age: time => new Intl.RelativeTimeFormat(tag, {numeric: 'auto'}).format(...parts(time)),
		span(time) {
			const [amount, unit] = parts(time);
			return new Intl.NumberFormat(tag, {style: 'unit', unit, unitDisplay: 'long'}).format(Math.abs(amount));
		},
	};
}

// --- loader

const SECOND = 1000;
const MOST = {urls: 500, bytes: 1_000_000, known: 5000};
const LATE = [1, 2, 4, 8, 15, 30];
const AWAY = [5, 30, 60, 120, 300];

let settings = {api: new URL('api/', import.meta.url).href};
let wakeAt = Infinity;
let timer, asking, refused, warned, failures = 0, notBefore = 0;

/** What is known of the bug behind a URL, which icons show it, and when it is asked for again. */
class Bug {
	views = new Set();
	next = 0;
	tries = 0;
	asked = 0;

	constructor(url) {
		this.url = url;
	}

	learn(answer) {
		const {problem} = answer;
		const waits = [202, 429].includes(problem?.status);
		this.next = Infinity;
		if (problem) {
			if (waits) this.next = Date.now() + LATE[Math.min(this.tries++ + (problem.status === 429 ? 3 : 0), 5)] * SECOND;
			else this.details = null;
			const told = Date.parse(problem.retry_at);
			if (told) this.next = Math.max(told, waits ? this.next : Date.now() + 15 * SECOND);
		} else if (!(answer.fetched_at < this.details?.fetched_at)) {
			// The query tells no description: the known one stays as long as nothing else was fetched.
			const old = this.details?.fetched_at === answer.fetched_at ? this.details?.description : undefined;
			this.details = {...answer, description: 'description' in answer ? answer.description : old};
			this.tries = 0;
		}
		this.problem = problem;
		this.changed();
	}

	changed() {
		this.views.forEach(draw);
	}

	get isOld() {
		return this.details ? Date.parse(this.details.expires_at) < Date.now() : ![202, 404].includes(this.problem?.status);
	}
}

const bugs = new Map();

function bugAt(url) {
	if (!bugs.has(url)) {
		if (bugs.size >= MOST.known) bugs.forEach(old => old.views.size || bugs.delete(old.url));
		bugs.set(url, new Bug(url));
	}
	return bugs.get(url);
}

function follow(url, view) {
	const bug = bugAt(url);
	bug.views.add(view);
	wake(bug.next);
	return bug;
}

function wake(at) {
	const when = Math.max(at, notBefore, Date.now() + 10);
	if (when >= wakeAt) return;
	clearTimeout(timer);
	wakeAt = when;
	timer = setTimeout(ask, Math.min(when - Date.now(), 2 ** 31 - 1));
}

/** Asks for all that is due, one request after the other, so that one that fails is the only one that does. */
async function ask() {
	wakeAt = Infinity;
	if (asking || refused || document.hidden) return;
	asking = true;
	for (let chunk; (chunk = due()).length && await query(chunk););
	asking = false;
	if (!refused) wake(Math.min(...[...bugs.values()].map(bug => bug.views.size ? bug.next : Infinity)));
}

function due() {
	const now = Date.now();
	let bytes = 0; // a normalised URL is ASCII
	return [...bugs.values()].filter(bug => now >= notBefore && bug.next <= now + 250 && bug.views.size)
		.filter((bug, i) => i < MOST.urls && (bytes += bug.url.length + 3) < MOST.bytes);
}

/** Asks for some bugs; whether one may go on. */
async function query(chunk) {
	const mine = settings;
	const now = Date.now();
	for (const bug of chunk) Object.assign(bug, {next: Infinity, asked: now});
	const urls = chunk.map(bug => bug.url);
	let response, details;
	try {
		response = await call('details/query', {method: 'POST', body: JSON.stringify({urls, wait: 0, brief: true})});
		if (response.ok) ({details} = await response.json());
	} catch {
		response = null; // no answer, or none of ours
	}
	if (mine !== settings) for (const bug of chunk) bug.next = 0;
	else if (!details) failed(chunk, response?.status, response?.headers.get('Retry-After'));
	else {
		failures = 0;
		for (const bug of chunk) bug.learn(details[bug.url] ?? {problem: {status: 500}});
	}
	return mine !== settings || details;
}

function failed(chunk, status, retryAfter) {
	let wait = AWAY[Math.min(failures++, 4)] * SECOND;
	if (status === 401 || status === 403) {
		refused = true;
		warn(`the token of this page is not accepted (${status}).`);
		document.dispatchEvent(new CustomEvent('bugloss-token-refused', {bubbles: true, detail: {status}}));
	} else if (status) {
		warn(`${settings.api} answered with status ${status}.`);
		wait = Math.max(wait, retryAfter * SECOND || Date.parse(retryAfter) - Date.now() || 0);
		if (status < 500 && status !== 429) wait = Infinity;
	} else {
		warn(`${settings.api} does not answer, or does not list this page’s origin ${location.origin} in bugloss.cors.origins.`);
		if (failures > 2) wait = Infinity; // until the network, or the reader, comes back
	}
	notBefore = Date.now() + (wait < Infinity ? wait : AWAY[0] * SECOND);
	for (const bug of bugs.values()) {
		if (bug.next < Infinity || chunk.includes(bug)) bug.next = Date.now() + wait;
		if (!bug.details) bug.problem = {status: refused ? status : -1};
		bug.changed();
	}
}

function warn(text) {
	if (!warned) console.warn(`Bugloss: ${text}`);
	warned = true;
}

/** The token goes nowhere but here, cookies only to the page's own origin. */
async function call(path, init) {
	const given = settings.token;
	for (let tries = 0; ; tries++) {
		const token = typeof given === 'function' ? await given() : given;
		const headers = {Accept: 'application/json', ...init?.headers};
		if (init?.body) headers['Content-Type'] = 'application/json';
		if (token) headers.Authorization = `Bearer ${token.trim()}`;
		const response = await fetch(settings.api + path, {
			credentials: 'same-origin', redirect: 'error', referrerPolicy: 'no-referrer',
			signal: AbortSignal.timeout(30 * SECOND), ...init, headers,
		});
		// A token that just expired: its giver has another one.
		if (response.status !== 401 || token === given || tries) return response;
	}
}

/** Gets the description too. Until then, or where that fails, the reader sees the excerpt. */
async function complete(bug) {
	const {details} = bug;
	if (!details?.excerpt || details.description !== undefined || refused) return;
	details.description = null;
	const answer = await call(`details?url=${encodeURIComponent(bug.url)}`).then(it => it.ok && it.json()).catch(() => null);
	if (answer) bug.learn(answer);
}

/** Asks again for what is too old, or was not to be had. */
function revive() {
	for (const bug of bugs.values()) {
		if (document.hidden || !bug.views.size) continue;
		if (bug.next === Infinity && bug.isOld && Date.now() - bug.asked > AWAY[0] * SECOND) bug.next = 0;
		wake(bug.next);
	}
}

document.addEventListener('visibilitychange', revive);
addEventListener('online', revive);

// --- drawing

const jobs = new Set();
let drawing;

/** Draws an icon, or does another job, soon, and never too much between two frames. */
async function draw(job) {
	jobs.add(job);
	if (drawing) return;
	drawing = true;
	await null;
	while (jobs.size) {
		const end = performance.now() + 6;
		for (const next of jobs) {
			jobs.delete(next);
			try {
				next.draw();
			} catch (error) {
				console.error(error); // of one icon; the others go on
			}
			if (performance.now() > end) break;
		}
		// A frame between them: else all slices end up in one layout.
		if (jobs.size) await new Promise(go => document.hidden ? setTimeout(go, 50) : requestAnimationFrame(() => setTimeout(go)));
	}
	drawing = false;
}

const RING = 'M8 1.75a6.25 6.25 0 1 1 0 12.5a6.25 6.25 0 1 1 0-12.5z';

/** Of 16 by 16, so that colour is never alone: ring with i, disc with tick, dashed ring with ?, three dots. */
const SHAPES = {
	open: `${RING}M8 7.4v3.4M8 5.05v.01`,
	resolved: 'M8 1a7 7 0 1 1 0 14a7 7 0 1 1 0-14zM4.4 8.2l2.6 2.7l4.7-5.1l-1.2-1.1l-3.55 3.85l-1.4-1.45z',
	unknown: `${dashes()}M6.15 6.5a1.9 1.9 0 1 1 2.75 1.7q-.9.45-.9 1.2M8 11.3v.01`,
	late: 'M3.5 8v.01M8 8v.01M12.5 8v.01',
	badge: 'M12.2 8.4a3.8 3.8 0 1 1 0 7.6a3.8 3.8 0 1 1 0-7.6zM11.7 9.8v2.8h2.2v-1h-1.2v-1.8z',
	clock: `${RING}M8 4.6v3.6l2.3 1.4`,
	close: 'M4 4l8 8M12 4l-8 8',
};

function dashes() {
	const at = turn => [Math.cos, Math.sin].map(of => (8 + 6.25 * of(turn * Math.PI / 4)).toFixed(2)).join(' ');
	return [...Array(8).keys()].map(i => `M${at(i + 0.2)}A6.25 6.25 0 0 1 ${at(i + 0.8)}`).join('');
}

function make(name, attributes, ...children) {
	const space = /^(svg|path)$/.test(name) ? '2000/svg' : '1999/xhtml';
	const element = document.createElementNS(`http://www.w3.org/${space}`, name);
	for (const key in attributes) element.setAttribute(key, attributes[key]);
	element.append(...children.filter(Boolean));
	return element;
}

const shape = name => make('path', {d: SHAPES[name], class: name});
const picture = name => make('svg', {viewBox: '0 0 16 16', 'aria-hidden': 'true'}, shape(name));

function sheet(css) {
	const style = new CSSStyleSheet();
	style.replaceSync(css);
	return style;
}

const colour = (name, light, dark) => `var(--bugloss-${name}, light-dark(${light}, ${dark}))`;
const OPEN = colour('open', '#a81f62', '#ff8fc0');
const RESOLVED = colour('resolved', '#4146c2', '#a9b0ff');
const UNKNOWN = colour('unknown', '#5c6270', '#a3a9b8');
const WARN = colour('warn', '#8a4b00', '#f2b04c');
const SURFACE = colour('surface', '#fff', '#23262f');
const TEXT = colour('text', '#1b1e2b', '#e9ebf2');
const MUTED = colour('muted', '#565c6e', '#a9afbf');
const LINE = colour('line', '#d9dbe3', '#3b404d');
const LINK = colour('link', '#3d43b8', '#b4baff');
const TINT = 'color-mix(in srgb, currentColor 12%, transparent)';
const FONT = 'system-ui, sans-serif';

// The host has no box, so nothing that a page says of it counts; what is inherited ends at the button and the panel.
const ICON = sheet(`
:host { display: contents !important }
:host([hidden]) { display: none !important }
@media print { :host { display: none !important } }
button {
	all: initial; color-scheme: inherit; visibility: inherit; box-sizing: border-box; cursor: pointer; color: ${UNKNOWN};
	display: inline-flex; align-items: center; justify-content: center; gap: 4px; flex: none; vertical-align: middle;
	min-width: 24px; height: 24px; margin: -6px 0 -6px 2px; padding: 0 4px; border-radius: 7px;
	font: 600 12px/16px ${FONT}; white-space: nowrap; user-select: none;
}
.open:not(path) { color: ${OPEN} }
.resolved:not(path) { color: ${RESOLVED} }
button:hover, [aria-expanded=true] { background: ${TINT} }
[aria-expanded=true] { anchor-name: --icon }
:focus-visible { outline: 2px solid ${LINK}; outline-offset: 0 }
svg { width: 15px; height: 15px; flex: none; overflow: visible }
path { fill: none; stroke: currentColor; stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round }
path.resolved, path.badge { fill: currentColor; fill-rule: evenodd; stroke: none }
path.late { stroke-width: 2.4 }
path.badge { color: ${WARN} }
@media (forced-colors: active) { [aria-expanded=true] { border: 1px solid; padding: 0 3px } }
`);

const PANEL = sheet(`
.panel {
	all: initial; color-scheme: inherit; display: none; flex-direction: column; box-sizing: border-box; position: fixed;
	margin-block: 6px; position-anchor: --icon; position-area: block-end span-inline-end;
	position-try-fallbacks: flip-block, flip-inline, flip-block flip-inline, --below, --above;
	position-try-order: most-block-size; position-visibility: anchors-visible; inline-size: max-content; min-inline-size: min(256px, 100vw - 16px);
	max-inline-size: min(368px, 100vw - 16px); max-block-size: 352px; overflow-wrap: anywhere;
	border: 1px solid ${LINE}; border-radius: 12px; background: ${SURFACE}; color: ${TEXT}; font: 13px/19.5px ${FONT};
	box-shadow: 0 8px 28px -6px rgb(0 0 0 / .3);
}
.panel:popover-open { display: flex }
.panel::before { content: ''; position: absolute; inset: -8px 0; z-index: -1 }
@position-try --below { position-area: block-end span-all; max-block-size: calc(100% - 12px); margin-inline: 8px }
@position-try --above { position-area: block-start span-all; max-block-size: calc(100% - 12px); margin-inline: 8px }
@supports not (position-area: block-end) {
	.panel { inset: auto 8px 8px; inline-size: auto; max-inline-size: none; max-block-size: 60vh }
}
.scroll { overflow: auto; overscroll-behavior: contain; padding: 12px 14px; min-block-size: 0; border-radius: 11px }
.head { display: flex; align-items: center; gap: 8px; flex-wrap: wrap; padding-inline-end: 20px }
.pill {
	display: inline-flex; align-items: center; gap: 5px; padding: 1px 9px 1px 6px; border-radius: 11px;
	font-weight: 600; font-size: 12.5px; line-height: 20px; background: ${TINT}; color: ${UNKNOWN};
}
.where, .foot, dt { color: ${MUTED}; font-size: 12px }
.title { margin-block: 8px 5px; font-size: 14px; line-height: 20px; font-weight: 650; text-wrap: balance }
.text :is(p, ul, ol, pre, blockquote, h1, h2, h3, h4, h5, h6) { margin: 0 0 7px; font-size: 13px }
.text > :last-child { margin-block-end: 0 }
.text :is(ul, ol, blockquote) { padding-inline-start: 20px }
.text :is(code, pre) { font: 12px/18px ui-monospace, monospace; border-radius: 4px; padding: 0 4px; background: ${TINT} }
.text pre { overflow: auto; padding: 6px 8px; overflow-wrap: normal }
.text pre code { background: none; padding: 0 }
a { color: ${LINK}; text-underline-offset: 2px }
.title a { color: inherit }
dl { display: flex; flex-wrap: wrap; gap: 3px 14px; margin: 10px 0 0 }
dl div, .labels { display: flex; align-items: baseline; gap: 4px 6px; flex-wrap: wrap }
dd { margin: 0; font-size: 12.5px; font-weight: 500 }
.label { padding: 0 8px; border-radius: 9px; font-size: 12px; background: ${TINT} }
.foot { border-block-start: 1px solid ${LINE}; margin-block-start: 10px; padding-block-start: 8px; line-height: 18px }
.trouble { display: flex; gap: 6px; color: ${WARN}; font-weight: 500 }
.trouble svg { margin-block-start: 1.5px }
.close { position: absolute; inset-block-start: 10px; inset-inline-end: 10px; margin: 0; color: ${MUTED} }
.close[hidden] { display: none }
.told { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
@media (forced-colors: active) { .pill, .label, .text code { border: 1px solid } }
`);

const TAGS = 'p br b strong i em u s del ins sub sup code pre kbd ul ol li dl dt dd blockquote h1 h2 h3 h4 h5 h6 table '
	+ 'thead tbody tr th td hr div span';

/** What strangers wrote, cleaned once more by the browser; where it can't, the excerpt, which is plain text. */
function textOf({description, excerpt}) {
	const box = make('div', {class: 'text', dir: 'auto'});
	if (!description || !box.setHTML) box.textContent = excerpt;
	else box.setHTML(description, {sanitizer: {elements: [...TAGS.split(' '), {name: 'a', attributes: ['href']}], attributes: []}});
	for (const link of box.querySelectorAll('a')) link.replaceWith(linkTo(link.href, ...link.childNodes));
	return box.textContent.trim() && box;
}

/** A link to elsewhere, or just its text where the address is none of the web. */
function linkTo(url, ...children) {
	const href = address(url);
	return make(href ? 'a' : 'span', href && {href, target: '_blank', rel: 'noreferrer nofollow', dir: 'auto'}, ...children);
}

/** The URL as it is asked for; empty where it can be no bug's. */
function address(href) {
	const url = typeof href === 'string' && href && URL.parse(href, document.baseURI);
	return url && /^https?:$/.test(url.protocol) && !url.username && !url.password && url.href.length <= 2048 ? url.href : '';
}

const joined = (between, ...parts) => parts.filter(Boolean).join(between);
const numberOf = details => details?.id ? joined('', /^\d/.test(details.id) && '#', details.id) : '';
const whereOf = details => joined(' ', details.from_open_graph && details.site_name || details.tracker, numberOf(details));

// --- icon and tooltip

const OPEN_AFTER = 250;
const FOCUS_AFTER = 120;
const CLOSE_AFTER = 250;
const NEXT_WITHIN = 600;
const outline = make('button', {type: 'button', 'aria-expanded': 'false'}, picture('late'));

let shown, opening, closing, intended;
let closedAt = -NEXT_WITHIN;
let pointer = '';
let moves;

/** `<bug-details href>`: the icon of one URL, and its tooltip. Also `show` (`status`, `id`) and `open` (`click`). */
class Icon extends HTMLElement {
	static observedAttributes = ['href', 'show'];

	#bug;
	#button;
	#panel;
	#scroll;
	#told;
	#close;
	#pinned;
	#quiet;

	/** What is known of the bug, or why nothing is. The event `bugloss-details` tells when that changes. */
	get details() {
		return this.#bug?.details;
	}

	get problem() {
		return this.#bug?.problem;
	}

	connectedCallback() {
		const url = address(this.getAttribute('href'));
		if (url !== this.#bug?.url) {
			this.disconnectedCallback();
			this.#bug = url ? follow(url, this) : null;
		}
		draw(this);
	}

	disconnectedCallback() {
		this.#hide();
		this.#bug?.views.delete(this);
		this.#bug = null;
	}

	attributeChangedCallback() {
		if (this.isConnected) this.connectedCallback();
	}

	get #state() {
		const {details, problem} = this.#bug;
		if (details) return details.resolved == null ? 'unknown' : details.resolved ? 'resolved' : 'open';
		return [202, 429].includes(problem?.status ?? 202) ? 'late' : 'unknown';
	}

	draw() {
		if (this.#button) this.#button.hidden = !this.#bug;
		if (!this.#bug) return;
		if (!this.#button) this.#build();
		const button = this.#button;
		const {details} = this.#bug;
		const language = languageOf(this);
		const state = this.#state;
		const word = this.#word(language);
		const show = this.getAttribute('show') ?? settings.show;
		const id = show === 'id' && numberOf(details);
		const label = id || show && word;
		if (button.className !== state) {
			button.className = state;
			button.firstChild.replaceChildren(shape(state));
		}
		if (!(details?.stale || details?.failure)) button.querySelector('.badge')?.remove();
		else if (!button.querySelector('.badge')) button.firstChild.append(shape('badge'));
		button.querySelector('span')?.remove();
		if (label) button.append(make('span', {dir: 'auto'}, label));
		button.setAttribute('aria-label', joined(': ', joined(', ', id, word), this.#title(language)));
		this.#describe(language);
		if (shown === this) this.#fill();
		this.dispatchEvent(new CustomEvent('bugloss-details', {bubbles: true, detail: details}));
	}

	#build() {
		const root = this.attachShadow({mode: 'open'});
		root.adoptedStyleSheets = [ICON];
		root.append(this.#button = outline.cloneNode(true));
		this.#button.onclick = () => shown === this && this.#pinned ? this.#hide() : this.#show(true);
		this.onpointermove = event => this.#moved(event);
		this.onpointerleave = event => this.#left(event);
		root.addEventListener('focusin', event => this.#focused(event));
		root.addEventListener('focusout', event => this.#blurred(event));
	}

	#word({texts}) {
		const {details, problem} = this.#bug;
		const state = this.#state;
		return details ? details.status || texts[state] : texts[problem && state === 'unknown' ? 'none' : 'late'];
	}

	#title({texts}) {
		const {details, problem, url} = this.#bug;
		if (details) return details.restricted ? texts.restricted : details.title ?? url;
		const key = {[-1]: 'away', 202: 'slow', 429: 'slow', 401: 'refused', 403: 'refused', 404: 'noBug'}[problem?.status];
		return key ? texts[key] : problem?.detail;
	}

	/** Why it may not be so any more. */
	#trouble({texts, say, age, span}) {
		const {stale, failure} = this.#bug.details;
		if (!failure) return stale && texts.stale;
		const {since, retry_at: next, message, reason} = failure;
		const when = Date.parse(next) > Date.now() && say('again', age(next));
		return joined('', since ? say('since', span(since), message ?? reason) : message, when);
	}

	#asOf({say, age}) {
		return this.details?.fetched_at && say('asOf', age(this.details.fetched_at));
	}

	#describe(language) {
		const {details} = this;
		const assignee = details?.fields?.assignee;
		this.#button.setAttribute('aria-description', details ? joined(
			'. ', whereOf(details), assignee && `${language.texts.assignee} ${assignee}`, this.#trouble(language), this.#asOf(language),
		) : '');
	}

	// What opens and closes it. One is open at a time; a click pins, and never closes what the pointer opened.

	#moved(event) {
		if (shown === this) clearTimeout(closing);
		if (event.pointerType === 'touch' || event.buttons || !moves || shown === this || intended === this || this.#quiet) return;
		this.intend(shown && !shown.#pinned || performance.now() - closedAt < NEXT_WITHIN ? 0 : OPEN_AFTER);
	}

	#left(event) {
		this.#quiet = false;
		if (event.pointerType === 'touch') return;
		forget();
		const focused = this.shadowRoot.activeElement?.matches(':focus-visible');
		if (shown === this && !this.#pinned && !focused) closing = setTimeout(() => this.#hide(), CLOSE_AFTER);
	}

	#focused({target}) {
		clearTimeout(closing);
		if (target !== this.#button || shown === this || this.#quiet || !target.matches(':focus-visible')) return;
		this.#describe(languageOf(this));
		this.intend(FOCUS_AFTER);
	}

	#blurred({relatedTarget: to}) {
		if (this.shadowRoot.contains(to) || !document.hasFocus()) return;
		forget();
		this.#quiet = false;
		this.#hide();
	}

	/** Opens it after a while, which begins again with each scrolling. */
	intend(after) {
		if ((this.getAttribute('open') ?? settings.open) === 'click') return;
		forget();
		intended = this;
		opening = setTimeout(() => this.#show(), after);
		complete(this.#bug);
	}

	#show(pinned) {
		forget();
		clearTimeout(closing);
		this.#pinned = pinned;
		if (shown !== this) {
			shown?.#hide();
			shown = this;
			if (!this.#panel) this.#buildPanel();
			this.#button.setAttribute('aria-expanded', 'true');
			this.#fill();
			this.#panel.showPopover();
			addEventListener('keydown', elsewhere, true);
			addEventListener('pointerdown', elsewhere, true);
			const bug = this.#bug;
			if (bug.next === Infinity && bug.isOld) wake(bug.next = Date.now() + 2 * SECOND);
			complete(bug);
			this.#fit();
		}
		this.#close.hidden = !pinned;
	}

	#hide() {
		if (intended === this) forget();
		if (shown !== this) return;
		shown = null;
		closedAt = performance.now();
		removeEventListener('keydown', elsewhere, true);
		removeEventListener('pointerdown', elsewhere, true);
		this.#button.setAttribute('aria-expanded', 'false');
		this.#told.textContent = '';
		if (this.#panel.matches(':popover-open')) this.#panel.hidePopover();
	}

	/** Closes it, and keeps it closed until pointer or focus come anew. */
	dismiss() {
		this.#quiet = true;
		if (this.#panel.contains(this.shadowRoot.activeElement)) this.#button.focus();
		this.#hide();
	}

	#buildPanel() {
		this.#close = make('button', {type: 'button', class: 'close'}, picture('close'));
		this.#close.onclick = () => this.dismiss();
		this.#scroll = make('div', {class: 'scroll'});
		this.#told = make('div', {class: 'told', role: 'status'});
		this.#panel = make(
			'div', {class: 'panel', id: 'panel', popover: 'manual', role: 'group', 'aria-labelledby': 'title'},
			this.#close, this.#scroll, this.#told,
		);
		this.shadowRoot.adoptedStyleSheets = [ICON, PANEL];
		this.shadowRoot.append(this.#panel);
		this.#button.setAttribute('aria-controls', 'panel');
	}

	#fill() {
		if (this.#scroll.querySelector(':focus')) return; // nobody's focus is taken away
		const {details} = this;
		const language = languageOf(this);
		const {texts} = language;
		const state = this.#state;
		const word = this.#word(language);
		const title = this.#title(language);
		// That what was late is there now is told to those too who can't see it.
		if (details && this.#panel.dataset.state === 'late') this.#told.textContent = joined(': ', word, title);
		this.#panel.dataset.state = state;
		this.#panel.lang = language.tag;
		this.#close.setAttribute('aria-label', texts.close);
		// Where no link to the bug stands before it, the title is one.
		const alone = address(this.previousElementSibling?.href) !== this.#bug.url;
		this.#scroll.replaceChildren(
			make(
				'div', {class: 'head'}, make('span', {class: `pill ${state}`}, picture(state), make('span', {dir: 'auto'}, word)),
				details && make('span', {class: 'where', dir: 'auto'}, whereOf(details)),
			),
			make('div', {class: 'title', id: 'title', dir: 'auto'}, alone && title ? linkTo(this.#bug.url, title) : title),
			...details ? this.#about(language) : [],
		);
		this.#fit();
	}

	#about(language) {
		const {details} = this;
		const {texts, say} = language;
		const {labels = [], ...fields} = details.fields ?? {};
		const fact = (key, ...value) => make('div', {}, make('dt', {}, texts[key]), make('dd', {dir: 'auto'}, ...value));
		const facts = ['assignee', 'priority', 'type', 'resolution'].filter(key => fields[key]).map(key => fact(key, fields[key]));
		if (labels?.length) {
			const few = labels.slice(0, 12).map(label => make('span', {class: 'label', dir: 'auto'}, label));
			facts.push(fact('labels', make('span', {class: 'labels'}, ...few)));
		}
		const trouble = this.#trouble(language);
		const [before, after] = texts.moved.split('{0}');
		const set = details.source === 'override' && (details.supplied_by ? say('by', details.supplied_by) : texts.script);
		const last = joined(' · ', this.#asOf(language), set || details.source === 'open_graph' && texts.page);
		const foot = [
			trouble && make('div', {class: 'trouble'}, picture('clock'), make('span', {}, trouble)),
			details.moved_to && make('div', {}, before, linkTo(details.moved_to, details.moved_to), after),
			last && make('div', {}, last),
		].filter(Boolean);
		return [textOf(details), facts.length && make('dl', {}, ...facts), foot.length && make('div', {class: 'foot'}, ...foot)].filter(Boolean);
	}

	/** What scrolls can be reached by keyboard; a press on the text keeps the focus inside in any case. */
	#fit() {
		this.#scroll.tabIndex = this.#scroll.scrollHeight > this.#scroll.clientHeight ? 0 : -1;
	}
}

function forget() {
	clearTimeout(opening);
	intended = null;
}

function elsewhere(event) {
	if (event.key === 'Escape' && !event.isComposing) {
		event.preventDefault();
		event.stopImmediatePropagation();
		shown.dismiss();
	} else if (event.type === 'pointerdown' && !event.composedPath().includes(shown)) {
		shown.dismiss();
	}
}

const early = {capture: true, passive: true};
addEventListener('scroll', () => intended?.intend(OPEN_AFTER), early);
addEventListener('pointermove', ({screenX, screenY}) => {
	moves = pointer !== (pointer = `${screenX} ${screenY}`); // else it is the page that moved
}, early);

// --- links

const icons = new WeakMap();

/** Puts icons behind the links of a part of the page, also those that come later. */
function watch(root, links) {
	const isLink = node => node.matches?.(links) && address(node.href);
	const look = part => {
		// All are asked for before the first is drawn: else there were a request for each slice.
		for (const link of [part, ...part.querySelectorAll?.(links) ?? []].filter(isLink)) {
			const job = {draw: () => place(link) & bug.views.delete(job)};
			const bug = follow(address(link.href), job);
			draw(job);
		}
	};
	const place = link => {
		const url = isLink(link);
		if (!url || !link.isConnected) return;
		const hrefOf = icon => icon?.localName === 'bug-details' && address(icon.getAttribute('href'));
		const next = link.nextElementSibling;
		const icon = icons.get(link) ?? (hrefOf(next) === url ? next : make('bug-details'));
		icons.set(link, icon);
		if (hrefOf(icon) !== url) icon.setAttribute('href', url);
		if (next !== icon) link.after(icon);
	};
	const observer = new MutationObserver(records => {
		for (const {type, target, removedNodes, addedNodes} of records) {
			if (type === 'attributes') isLink(target) ? look(target) : icons.get(target)?.remove();
			for (const node of removedNodes) if (!node.isConnected) icons.get(node)?.remove();
			for (const node of addedNodes) if (node.localName !== 'bug-details') look(node);
		}
	});
	observer.observe(root, {childList: true, subtree: true, attributes: true, attributeFilter: ['href', 'class']});
	look(root);
	return () => observer.disconnect();
}

/**
 * Begins, or goes on otherwise; all is optional. token: also a function that gives one or a promise of one, called before
 * each request. api: also a proxy of the page's own that adds it. root: the part of the page, also a shadow root.
 * live: true, or a reader's name.
 * Returns what ends the search for links.
 */
function begin({links, root = document, ...others} = {}) {
	const given = Object.fromEntries(Object.entries(others).filter(([, value]) => value != null));
	if (given.api) given.api = new URL(given.api.replace(/\/?$/, '/'), document.baseURI).href;
	if (Object.keys(given).length) {
		settings = {...settings, ...given};
		refused = warned = false;
		failures = notBefore = 0;
		for (const bug of bugs.values()) {
			if (!bug.details) bug.next = 0;
			bug.changed();
		}
		wake(0);
		if (settings.live != null) import('./bugloss-live.js').then(it => it.follow({bugs, wake, call, settings}), console.warn);
	}
	return links ? watch(root, links) : () => {};
}

/** Takes details that somebody else was given, for all icons of their URL. */
Icon.learn = (url, details) => bugAt(address(url)).learn(details);
Icon.start = begin;
Icon.picture = picture;

/** The class of `<bug-details>`. Where the file is loaded twice, the first one goes on. */
export const BugDetails = customElements.get('bug-details') ?? Icon;

export const {start} = BugDetails;

// A module is not told its tag, nor, where a server redirects, its address.
const tags = [...document.querySelectorAll('script[src]')];
const tag = tags.find(it => it.src === import.meta.url) ?? tags.find(it => /\/bugloss\.js(\?|$)/.test(it.src));
if (tag) start({...tag.dataset, root: document});
if (BugDetails === Icon) customElements.define('bug-details', Icon);
