// The pages of Bugloss itself: the list of bugs, the trackers, what to put into one's own pages, and the way in. Each view
// is a custom element in the light DOM; they share the calls to the API and a few small makers of elements below.

import {BugDetails, start} from './bugloss.js';
import {news} from './bugloss-live.js';

const HOME = new URL('./', import.meta.url);
const API = new URL('api/', HOME);
const TOKEN = 'bugloss-token';
const PAGE_SIZE = 50;
const UNDO_SECONDS = 5;
const TOLD_TOGETHER = 1000;
const COUNTED_AFTER = 5000;
const MOST_LINKS = 500;
const UNKNOWN_TOKEN = 'This token is not known. Was it copied to its end?';
const NOBODY_SIGNED_IN = {
  away: 'Where you sign in does not answer now. Tokens go on working.',
  again: 'That took too long, or was begun in another tab. Please sign in once more.',
  denied: 'Where you sign in, it was refused or broken off.',
  'not-allowed': 'You are known where you sign in, but nobody let you in here. Ask whoever runs this Bugloss.',
  failed: 'Signing in failed. Whoever runs this Bugloss finds the reason in its log.',
};

const SHAPES = {
  search: 'M7 2.2a4.8 4.8 0 1 1 0 9.6a4.8 4.8 0 1 1 0-9.6zM10.6 10.6l3.4 3.4',
  plus: 'M8 3v10M3 8h10',
  cross: 'M4 4l8 8M12 4l-8 8',
  tick: 'M3 8.5l3.2 3.2l6.8-7.2',
  refresh: 'M13.2 8a5.2 5.2 0 1 1-1.5-3.7M12.9 1.9v2.9h-2.9',
  warn: 'M8 2.2l6.4 11.3h-12.8zM8 6.5v3.2M8 11.6v.01',
  down: 'M4.5 6.5l3.5 3.5l3.5-3.5',
  up: 'M4.5 9.5l3.5-3.5l3.5 3.5',
};

// --- makers

/** An element: attributes by name, `on…` listeners by function; children that are nothing are left out. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, '');
    else if (value != null && value !== false) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter(child => child != null && child !== '' && child !== false));
  return element;
}

/** A picture: one of ours, or one of the icon's. */
function glyph(name) {
  if (!(name in SHAPES)) return BugDetails.picture(name);
  const svg = BugDetails.picture('close');
  svg.firstChild.setAttribute('d', SHAPES[name]);
  return svg;
}

function iconButton(name, label, onclick) {
  return make('button', {type: 'button', class: 'icon', 'aria-label': label, title: label, onclick}, glyph(name));
}

const number = new Intl.NumberFormat('en');
const relative = new Intl.RelativeTimeFormat('en', {numeric: 'auto'});

/** A time as people say it: "5 minutes ago"; the exact one is its title. */
function age(time, otherwise = 'never') {
  if (!time) return otherwise;
  let amount = (Date.parse(time) - Date.now()) / 1000;
  let text;
  for (const [unit, many] of [['second', 60], ['minute', 60], ['hour', 24], ['day', 365], ['year', Infinity]]) {
    if (Math.abs(Math.round(amount)) < many) {
      text = relative.format(Math.round(amount), unit);
      break;
    }
    amount /= many;
  }
  return make('time', {datetime: time, title: new Date(time).toLocaleString('en')}, text);
}

function note(kind, ...text) {
  return make('p', {class: `note ${kind}`}, glyph(kind === 'error' ? 'warn' : 'clock'), make('span', {}, text));
}

/** Text to be copied, and a button that does it. */
function code(text, label) {
  const block = make('pre', {tabindex: '0', 'aria-label': label}, make('code', {}, text));
  const copy = make('button', {
    type: 'button',
    class: 'copy',
    async onclick() {
      try {
        await navigator.clipboard.writeText(block.textContent);
        copy.textContent = 'Copied';
      } catch {
        // Browsers give the clipboard to https only: then what is selected is copied by hand.
        getSelection().selectAllChildren(block);
        copy.textContent = 'Selected';
      }
      setTimeout(() => { copy.textContent = 'Copy'; }, 2000);
    },
  }, 'Copy');
  return make('div', {class: 'code'}, block, copy);
}

/** Says something that passes, to those too who can't see it; perhaps with something to do about it. */
function toast(text, ...actions) {
  const box = make('div', {class: 'toast'}, make('span', {}, text), ...actions);
  document.querySelector('.toasts').replaceChildren(box);
  return box;
}

// --- API

/** What the API said is wrong. The message is for people. */
class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

const session = {
  me: {name: '', role: 'none', sign_in: []},

  /** Kept for this tab only; whoever closes it is signed out. */
  get token() {
    return sessionStorage.getItem(TOKEN);
  },

  set token(value) {
    if (value) sessionStorage.setItem(TOKEN, value);
    else sessionStorage.removeItem(TOKEN);
  },

  get mayEdit() {
    return this.me.role === 'editor';
  },
};

async function call(method, path, body, {token = session.token, type = 'application/json', keepalive} = {}) {
  const headers = {Accept: type};
  // What a form of another site can't send: who is signed in by a cookie writes with it.
  if (method !== 'GET') headers['X-Requested-With'] = 'bugloss';
  if (body != null) headers['Content-Type'] = type;
  if (token) headers.Authorization = `Bearer ${token}`;
  let response;
  try {
    response = await fetch(new URL(path, API), {method, headers, keepalive, body: typeof body === 'string' || body == null ? body : JSON.stringify(body)});
  } catch {
    throw new Problem(0, 'Bugloss does not answer. Is it running, and is the network there?');
  }
  const text = await response.text();
  if (response.ok) return text && /\/json\b/.test(response.headers.get('Content-Type')) ? JSON.parse(text) : text;
  if (response.status === 401 && token === session.token && path !== 'me') return signedOut(token);
  throw new Problem(response.status, problemText(response.status, text));
}

function problemText(status, text) {
  let detail;
  try {
    ({detail} = JSON.parse(text));
  } catch {
    // Not one of ours: a proxy's.
  }
  if (status === 403 && !session.mayEdit) return session.token ? 'This token may read, not write.' : 'You may read, not write.';
  detail = sentence((detail || `the answer was ${status}`).replace(/^url: /, ''));
  return /[.!?]$/.test(detail) ? detail : `${detail}.`;
}

/** With a capital, unless it begins with the name of a host. */
function sentence(text) {
  return /^[a-z]+[ ,]/.test(text) ? text[0].toUpperCase() + text.slice(1) : text;
}

function query(parameters) {
  return new URLSearchParams(Object.entries(parameters).filter(([, value]) => value != null && value !== '')).toString();
}

// --- the way in

/** Asks who we are, and shows the view, or the way in. */
async function enter() {
  let refused = notSignedIn();
  try {
    session.me = await call('GET', 'me');
  } catch (problem) {
    if (problem.status !== 401) return show(make('section', {class: 'card'}, note('error', problem.message), retry()));
    session.token = null;
    refused = UNKNOWN_TOKEN;
    session.me = await call('GET', 'me').catch(() => session.me);
  }
  const {name, role} = session.me;
  // In another tab, meanwhile.
  if (name && refused === NOBODY_SIGNED_IN.again) refused = '';
  start({api: API.href, token: () => session.token, live: role === 'none' ? null : `${role} ${name}`});
  document.querySelector('who-am-i').draw();
  document.querySelector('.top nav').hidden = session.me.role === 'none';
  if (session.me.role === 'none' || refused) show(make('sign-in', {'data-refused': refused}));
  else route();
}

/** Why somebody who comes back from signing in elsewhere is not; said once, and then no more in the address. */
function notSignedIn() {
  const address = new URL(location.href);
  const why = address.searchParams.get('sign-in');
  if (!why) return '';
  address.searchParams.delete('sign-in');
  history.replaceState(null, '', address);
  return NOBODY_SIGNED_IN[why] ?? NOBODY_SIGNED_IN.failed;
}

/** Signs out here, and where one signed in. */
async function signOut() {
  let next;
  if (session.token) session.token = null;
  else ({url: next} = await call('POST', 'sign-out'));
  location.href = next ?? HOME.href;
}

function retry() {
  return make('button', {type: 'button', class: 'primary', onclick: () => location.reload()}, 'Try again');
}

/** The token that was good is no more: nothing else is asked with it. */
function signedOut(token) {
  if (session.token === token) enter();
  throw new Problem(401, 'This token is not known any more.');
}

class SignIn extends HTMLElement {
  connectedCallback() {
    document.title = 'Sign in – Bugloss';
    const others = session.me.sign_in ?? [];
    const field = make('input', {
      id: 'token', type: 'password', autocomplete: 'off', spellcheck: 'false', required: true, 'aria-describedby': 'token-problem token-hint',
    });
    const problem = make('div', {id: 'token-problem', role: 'alert'});
    const button = make('button', {class: 'primary'}, 'Sign in');
    const complain = text => {
      problem.replaceChildren(note('error', text));
      field.setAttribute('aria-invalid', 'true');
      field.focus();
    };
    const form = make('form', {
      async onsubmit(event) {
        event.preventDefault();
        const token = field.value.trim();
        // Of its characters only ASCII can be sent at all.
        if (!/^[\x21-\x7e]+$/.test(token)) return complain('This is no token: it has characters that no token has.');
        button.disabled = true;
        try {
          const {role} = await call('GET', 'me', null, {token});
          if (role === 'none') return complain('This token may do nothing here.');
          session.token = token;
          await enter();
        } catch (refusal) {
          complain(refusal.status === 401 ? UNKNOWN_TOKEN : refusal.message);
        } finally {
          button.disabled = false;
        }
      },
    },
    make('label', {for: 'token'}, 'Token'), field, problem,
    button,
    make('p', {id: 'token-hint', class: 'hint'}, 'Kept in this tab until you close it; never in a cookie or on disk.'));
    this.append(make('section', {class: 'card sign-in'},
      make('h1', {}, 'Sign in'),
      others.map(({name, url}) => make('a', {
        class: 'button wide', href: `${url}?${query({return: location.pathname + location.search})}`,
      }, `Sign in with ${name}`)),
      make('p', {class: 'hint'}, others.length ? 'Or with a token that whoever runs this Bugloss gave you.' : 'With a token that whoever runs this Bugloss gave you.'),
      form));
    if (this.dataset.refused) complain(this.dataset.refused);
  }
}

class WhoAmI extends HTMLElement {
  draw() {
    const {name, role, sign_in: others = []} = session.me;
    const mayWantMore = !name && (role !== 'editor' || others.length);
    this.replaceChildren(...role === 'none' ? [] : [
      make('span', {class: 'name', dir: 'auto'}, name ?? 'anonymous'),
      make('span', {class: `role ${role}`}, role),
      name ? make('button', {type: 'button', class: 'quiet', onclick: () => signOut().catch(({message}) => toast(message))}, 'Sign out') : null,
      mayWantMore ? make('button', {type: 'button', class: 'quiet', onclick: () => show(make('sign-in'))}, 'Sign in') : null,
    ].filter(Boolean));
  }
}

// --- views

function show(...elements) {
  document.getElementById('main').replaceChildren(...elements);
}

const VIEWS = new Map([['in-your-pages', 'in-your-pages'], ['links', 'page-links'], ['retest', 'bugs-to-retest']]);

/** Which view the address means. */
function route() {
  const [name, rest] = location.hash.slice(1).split('=', 2);
  const isTrackers = /\/trackers\.html$/.test(location.pathname);
  const view = isTrackers ? 'tracker-list' : VIEWS.get(name) ?? 'link-list';
  const shown = view === 'page-links' ? 'link-list' : view;
  for (const link of document.querySelectorAll('nav a')) {
    const [path, hash = ''] = link.getAttribute('href').split('#');
    const here = isTrackers ? path === 'trackers.html' : path === './' && (VIEWS.get(hash) ?? 'link-list') === shown;
    if (here) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  const element = document.createElement(view);
  if (view === 'bugs-to-retest') load('./retest.js');
  if (view === 'page-links') element.links = rest ?? '';
  show(element);
}

/** Loads the module of what few look at; its elements come to life then. */
function load(module) {
  import(module).catch(({message}) => toast(message));
}

addEventListener('hashchange', () => {
  if (session.me.role !== 'none' && location.hash !== '#main') {
    route();
    document.getElementById('main').focus();
  }
});

const FILTERS = [
  ['All', {}, null],
  ['Open', {resolved: 'false'}, 'open'],
  ['Resolved', {resolved: 'true'}, 'resolved'],
  ['Unknown', {resolved: 'unknown'}, 'unknown'],
  ['Stale', {stale: 'true'}, 'clock'],
  ['Failing', {failing: 'true'}, 'warn'],
];
const STATES = ['resolved', 'stale', 'failing'];
const PARAMETERS = [...STATES, 'q', 'tracker', 'execution_id', 'sort', 'after', 'all'];

/** The link references: filters, search, pages; add, refresh and remove. What is chosen is in the address. */
class LinkList extends HTMLElement {
  #asked = 0;
  #shown = [];
  #marked = new Set();
  #telling;
  #counting;

  connectedCallback() {
    document.title = 'Bugs – Bugloss';
    this.back = () => this.#load();
    addEventListener('popstate', this.back);
    this.addEventListener('keydown', event => this.#key(event));
    document.addEventListener('keydown', this.slash = event => {
      if (event.key === '/' && !event.ctrlKey && !event.metaKey && !event.target.closest?.('input, textarea, select')) {
        event.preventDefault();
        this.querySelector('input[type=search]')?.focus();
      }
    });
    this.addEventListener('bugloss-details', ({target}) => this.#follow(target));
    news.addEventListener('changes', this.hear = ({detail}) => this.#hear(detail));
    this.#load(true);
  }

  disconnectedCallback() {
    news.removeEventListener('changes', this.hear);
    clearTimeout(this.#telling);
    clearTimeout(this.#counting);
    removeEventListener('popstate', this.back);
    document.removeEventListener('keydown', this.slash);
  }

  get #chosen() {
    const all = new URLSearchParams(location.search);
    return Object.fromEntries(PARAMETERS.filter(key => all.get(key)).map(key => [key, all.get(key)]));
  }

  get #filters() {
    const {after, sort, all, ...filters} = this.#chosen;
    return {...filters, is_defect: all ? null : 'true'};
  }

  /** Goes to other filters; the page begins anew, unless a page is what is chosen. */
  #choose(changes, {replace, state} = {}) {
    const chosen = {...this.#chosen, after: null, ...changes};
    const address = `${location.pathname}?${query(chosen)}`.replace(/\?$/, '');
    history[replace ? 'replaceState' : 'pushState'](state ?? null, '', address);
    return this.#load();
  }

  async #load(first) {
    const ticket = ++this.#asked;
    const {after, sort = '-id', all} = this.#chosen;
    const asked = this.#filters;
    this.setAttribute('aria-busy', 'true');
    try {
      const {items, next} = await call('GET', `link-references?${query({...asked, sort, after, limit: PAGE_SIZE, embed: 'details'})}`);
      if (ticket !== this.#asked) return;
      const nothing = !items.length && !after && Object.keys(asked).length === 1;
      const any = nothing && !all && (await call('GET', 'link-references?limit=1')).items.length;
      if (nothing && !any) return this.replaceChildren(make('first-run', {}));
      if (!this.querySelector('table')) this.#frame();
      this.#fill(items, next);
      this.#count(asked);
      if (first) this.#trackers();
    } catch (problem) {
      if (ticket !== this.#asked) return;
      if (!this.querySelector('table')) this.#frame();
      this.querySelector('tbody').replaceChildren();
      this.querySelector('.below').replaceChildren(note('error', problem.message));
    } finally {
      if (ticket === this.#asked) this.removeAttribute('aria-busy');
    }
  }

  #frame() {
    const {q = '', execution_id: execution = '', all} = this.#chosen;
    let typing;
    const search = make('input', {
      type: 'search', placeholder: 'Title, number, URL or execution', 'aria-label': 'Search', value: q, maxlength: '200',
      oninput: ({target}) => {
        clearTimeout(typing);
        typing = setTimeout(() => this.#choose({q: target.value.trim()}, {replace: true}), 250);
      },
    });
    this.replaceChildren(
      make('div', {class: 'bar'}, make('h1', {}, 'Bugs'), session.mayEdit
        ? make('button', {type: 'button', class: 'primary add', 'aria-expanded': 'false', onclick: () => this.#toggleAdd()}, glyph('plus'), 'Add a link') : null),
      make('p', {class: 'unseen news', role: 'status'}),
      make('div', {class: 'adding', hidden: true}),
      make('nav', {class: 'chips', 'aria-label': 'By status'}),
      make('search', {class: 'filters'},
        make('div', {class: 'field'}, glyph('search'), search, make('kbd', {'aria-hidden': 'true'}, '/')),
        make('select', {'aria-label': 'Tracker', onchange: ({target}) => this.#choose({tracker: target.value})}, make('option', {value: ''}, 'Every tracker')),
        make('input', {
          class: 'execution', 'aria-label': 'Execution', placeholder: 'Every execution', value: execution, maxlength: '64', list: 'executions',
          onchange: ({target}) => this.#choose({execution_id: target.value.trim()}),
        }),
        make('datalist', {id: 'executions'}),
        make('label', {class: 'check'}, make('input', {type: 'checkbox', checked: !all, onchange: ({target}) => this.#choose({all: target.checked ? null : '1'})}), 'Defects only')),
      make('div', {class: 'card table'}, make('table', {},
        make('caption', {class: 'unseen'}, 'Links to bugs'),
        make('thead', {}, make('tr', {},
          make('th', {scope: 'col'}, 'Status'), make('th', {scope: 'col'}, 'Bug'), make('th', {scope: 'col'}, 'Execution'), make('th', {scope: 'col'}, 'Assignee'),
          make('th', {scope: 'col', class: 'sorted'}), make('th', {scope: 'col'}, make('span', {class: 'unseen'}, 'Actions')))),
        make('tbody')), make('div', {class: 'below'})),
    );
  }

  async #trackers() {
    const systems = await call('GET', 'trackers').catch(() => []);
    const names = [...new Set(systems.map(system => system.tracker)), 'OpenGraph'].sort((a, b) => a.localeCompare(b));
    const select = this.querySelector('select');
    if (!select) return;
    select.append(...names.map(name => make('option', {value: name}, name === 'OpenGraph' ? 'Other pages' : name)));
    select.value = this.#chosen.tracker ?? '';
  }

  #fill(items, next) {
    const {sort = '-id', after, tracker = '', all} = this.#chosen;
    this.#shown = items;
    this.querySelector('tbody').replaceChildren(...items.map(item => this.#row(item)));
    const search = this.querySelector('input[type=search]');
    if (search !== document.activeElement) search.value = this.#chosen.q ?? '';
    this.querySelector('select').value = tracker;
    this.querySelector('.execution').value = this.#chosen.execution_id ?? '';
    this.querySelector('.check input').checked = !all;
    this.querySelector('#executions').replaceChildren(...[...new Set(items.map(item => item.execution_id).filter(Boolean))].map(value => make('option', {value})));
    const way = sort === '-fetched' ? 'descending' : sort === 'fetched' ? 'ascending' : 'none';
    const other = {none: '-fetched', descending: 'fetched', ascending: null}[way];
    const head = this.querySelector('th.sorted');
    head.setAttribute('aria-sort', way);
    head.replaceChildren(make('button', {type: 'button', class: 'sort', onclick: () => this.#choose({sort: other})}, 'As of', way === 'none' ? null : glyph(way === 'descending' ? 'down' : 'up')));
    const earlier = history.state?.earlier ?? [];
    this.querySelector('.below').replaceChildren(
      items.length ? '' : make('p', {class: 'nothing'}, 'Nothing matches. ', make('a', {href: HOME.pathname}, 'Show all')),
      make('nav', {class: 'pages', 'aria-label': 'Parts of the list'},
        after ? make('button', {type: 'button', onclick: () => this.#choose({after: earlier.at(-1) || null}, {state: {earlier: earlier.slice(0, -1)}})}, 'Newer') : null,
        make('span', {class: 'shown'}),
        next ? make('button', {type: 'button', onclick: () => this.#turn(next, [...earlier, after ?? ''])}, 'Older') : null),
    );
  }

  async #turn(next, earlier) {
    await this.#choose({after: next}, {state: {earlier}});
    scrollTo({top: 0});
    this.querySelector('h1').tabIndex = -1;
    this.querySelector('h1').focus();
  }

  async #count({resolved, stale, failing, is_defect: defects, ...filters}) {
    const ticket = this.#asked;
    const chips = this.querySelector('.chips');
    let counts = {};
    try {
      counts = await call('GET', `link-references/summary?${query(filters)}`);
    } catch {
      // The filters work without numbers.
    }
    if (ticket !== this.#asked) return;
    const chosen = {resolved, stale, failing};
    const all = 'open' in counts ? counts.open + counts.resolved + counts.unknown : null;
    const about = counts.approximate ? 'about ' : '';
    const focused = chips.contains(document.activeElement) ? [...chips.children].indexOf(document.activeElement) : -1;
    chips.replaceChildren(...FILTERS.map(([name, wanted, picture]) => {
      const count = picture ? counts[name.toLowerCase()] : defects ? all : null;
      const current = STATES.every(key => (chosen[key] ?? '') === (wanted[key] ?? ''));
      const target = {...this.#chosen, after: null, resolved: null, stale: null, failing: null, ...wanted};
      return make('a', {
        class: `chip ${picture ?? ''}`, href: `?${query(target)}`, 'aria-current': current ? 'true' : null,
        onclick: event => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          this.#choose(target);
        },
      }, picture ? glyph(picture) : null, name, count == null ? null : make('b', {}, about ? make('span', {class: 'unseen'}, about) : null, number.format(count)));
    }));
    chips.children[focused]?.focus();
    const shown = this.querySelector('.shown');
    const total = all != null && !STATES.some(key => chosen[key]) && defects ? ` of ${about}${number.format(all)}` : '';
    if (shown) shown.textContent = `${number.format(this.#shown.length)} shown${total}`;
  }

  #row(item) {
    const row = make('tr', {}, make('td', {class: 'state'}), make('td', {class: 'bug'}), make('td', {class: 'execution'}), make('td', {class: 'assignee'}), make('td', {class: 'age'}), make('td', {class: 'actions'}));
    row.item = item;
    row.known = Boolean(item.details);
    const title = make('a', {class: 'title', href: item.url, target: '_blank', rel: 'noopener noreferrer', dir: 'auto'});
    const icon = document.createElement('bug-details');
    icon.setAttribute('href', item.url);
    row.querySelector('.bug').append(make('span', {class: 'line'}, title, icon), make('span', {class: 'about'}));
    row.querySelector('.execution').append(...[
      item.execution_id && make('a', {href: `?${query({execution_id: item.execution_id})}`, dir: 'auto'}, item.execution_id),
      item.name && make('small', {dir: 'auto'}, item.name),
    ].filter(Boolean));
    if (session.mayEdit) {
      row.querySelector('.actions').append(
        iconButton('refresh', 'Ask again now', () => this.#refresh(row)),
        iconButton('cross', 'Remove', () => this.#remove(row)));
    }
    this.#tell(row, item.details, null);
    return row;
  }

  /** What the icon learnt, its row tells too. */
  #follow(icon) {
    const row = icon.closest('tr');
    if (!row || !icon.details && !icon.problem) return;
    const before = row.querySelector('.pill').textContent;
    this.#tell(row, icon.details ?? row.item.details, icon.problem);
    const isNews = row.known && row.querySelector('.pill').textContent !== before;
    row.known ||= Boolean(icon.details);
    if (isNews) this.#mark(row);
  }

  /** Rows change where they are, whatever the filters say: nothing moves under anybody's hand. Only the counts follow. */
  #hear(items) {
    const urls = new Set(items.map(item => item.url));
    const isOurs = [...this.querySelectorAll('td bug-details')].some(icon => urls.has(icon.details?.url));
    if (isOurs) this.#counting ??= setTimeout(() => {
      this.#counting = null;
      this.#count(this.#filters);
    }, COUNTED_AFTER);
  }

  /** Shows that a row has changed, and says so to those who can't see it: once for all that change at a time. */
  #mark(row) {
    row.classList.remove('changed');
    void row.offsetWidth; // else it would be seen the first time only
    row.classList.add('changed');
    this.#marked.add(row);
    this.#telling ??= setTimeout(() => {
      this.#telling = null;
      const [first, ...others] = this.#marked;
      this.#marked.clear();
      this.querySelector('.news').textContent = others.length
        ? `${number.format(others.length + 1)} bugs of this list have changed`
        : `${first.querySelector('.title').textContent}: ${first.querySelector('.pill').textContent} now`;
    }, TOLD_TOGETHER);
  }

  #tell(row, details, problem) {
    const waits = !details && (!problem || problem.status === 202 || problem.status === 429);
    const state = !details ? waits ? 'late' : 'none' : details.resolved == null ? 'unknown' : details.resolved ? 'resolved' : 'open';
    const word = details?.restricted ? 'restricted' : details ? details.status || state : waits ? 'looking it up' : 'no details';
    row.querySelector('.state').replaceChildren(make('span', {class: `pill ${state}`, dir: 'auto'}, word));
    row.querySelector('.title').textContent = details?.title ?? row.item.url.replace(/^https?:\/\/(www\.)?/, '');
    const {assignee, labels} = details?.fields ?? {};
    row.querySelector('.assignee').replaceChildren(make('span', {dir: 'auto'}, assignee ?? '–'));
    const age_ = row.querySelector('.age');
    age_.classList.toggle('old', Boolean(details?.stale));
    age_.replaceChildren(details?.restricted ? '–' : age(details?.fetched_at));
    const id = details?.id ? ` ${/^\d/.test(details.id) ? '#' : ''}${details.id}` : '';
    const where = details ? (details.from_open_graph ? details.site_name ?? new URL(row.item.url).host : details.tracker) + id : '';
    row.querySelector('.about').replaceChildren(...[
      where && make('span', {dir: 'auto'}, where),
      details?.restricted && make('span', {}, 'You may not see this bug’s details'),
      details?.source === 'override' && make('span', {}, `set by ${details.supplied_by ?? 'a script'}`),
      ...(labels ?? []).slice(0, 6).map(label => make('span', {class: 'tag', dir: 'auto'}, `#${label}`)),
      details?.failure && note('stale', failureText(details.failure)),
      !details && !waits && note('error', (problem.detail ?? 'There are no details').replace(/\.$/, '') + (problem.retry_at ? `; asked again ${relativeText(problem.retry_at)}` : '')),
    ].filter(Boolean));
    for (const button of row.querySelectorAll('.actions button')) {
      button.setAttribute('aria-label', `${button.title}: ${row.querySelector('.title').textContent}`);
    }
  }

  async #refresh(row) {
    const button = row.querySelector('.actions button');
    if (button.getAttribute('aria-disabled')) return;
    button.setAttribute('aria-disabled', 'true');
    button.classList.add('turning');
    try {
      const details = await call('POST', `details/refresh?${query({url: row.item.url})}`);
      BugDetails.learn(row.item.url, details);
      toast(`Asked again: ${details.title ?? row.item.url}`);
    } catch (problem) {
      toast(problem.message);
      if (!row.item.details) this.#tell(row, null, {status: problem.status, detail: problem.message});
    } finally {
      button.removeAttribute('aria-disabled');
      button.classList.remove('turning');
    }
  }

  /** Removes after a while, so that it can be undone; at once where the page is left. */
  #remove(row) {
    const {id} = row.item;
    const following = row.nextElementSibling ?? row.previousElementSibling;
    let left = UNDO_SECONDS;
    let done = false;
    const finish = async keepalive => {
      if (done) return;
      done = true;
      clearInterval(clock);
      removeEventListener('pagehide', leave);
      removeEventListener('keydown', undoKey);
      box.remove();
      try {
        await call('DELETE', `link-references/${id}`, null, {keepalive});
        row.remove();
        if (!this.querySelector('tbody tr')) this.#load();
      } catch (problem) {
        row.hidden = false;
        toast(`Not removed: ${problem.message}`);
      }
    };
    const undo = () => {
      if (done) return;
      done = true;
      clearInterval(clock);
      removeEventListener('pagehide', leave);
      removeEventListener('keydown', undoKey);
      box.remove();
      row.hidden = false;
      row.querySelector('.actions button:last-child').focus();
    };
    const leave = () => finish(true);
    const undoKey = event => {
      if (event.key === 'z' && (event.ctrlKey || event.metaKey) && !event.target.closest?.('input, textarea')) undo();
    };
    const box = toast(`Removed “${row.querySelector('.title').textContent}”`, make('button', {type: 'button', onclick: undo}, 'Undo'));
    // Whoever is about to undo has all the time.
    const clock = setInterval(() => {
      if (!box.isConnected || !box.matches(':hover, :focus-within') && --left <= 0) finish(false);
    }, 1000);
    addEventListener('pagehide', leave);
    addEventListener('keydown', undoKey);
    row.hidden = true;
    (following?.querySelector('.actions button:last-child') ?? this.querySelector('.add')).focus();
  }

  #toggleAdd() {
    const place = this.querySelector('.adding');
    const button = this.querySelector('button.add');
    place.hidden = !place.hidden;
    button.setAttribute('aria-expanded', String(!place.hidden));
    if (place.hidden) return place.replaceChildren();
    place.append(make('section', {class: 'card'}, addForm({more: true, onadded: link => {
      toast(`Added ${link.url}`);
      place.hidden = true;
      place.replaceChildren();
      button.setAttribute('aria-expanded', 'false');
      button.focus();
      history.replaceState(null, '', location.pathname);
      this.#load();
    }})));
    place.querySelector('input').focus();
  }

  #key(event) {
    if (event.key !== 'Escape') return;
    if (event.target.closest('.adding')) {
      this.#toggleAdd();
      this.querySelector('button.add').focus();
    }
  }
}

function relativeText(time) {
  const told = age(time);
  return Date.parse(time) > Date.now() ? told.textContent : 'soon';
}

function failureText({message, reason, since, retry_at: next}) {
  const span = since && age(since).textContent.replace(/ ago$/, '');
  return `${span ? `Not confirmed for ${span}: ` : ''}${message ?? reason}${next ? `; asked again ${relativeText(next)}` : ''}`;
}

/** One field, and what the API has to say about it. */
function addForm({more, onadded}) {
  const id = `add-${Math.random().toString(36).slice(2)}`;
  const field = make('input', {
    id, type: 'text', inputmode: 'url', autocomplete: 'off', spellcheck: 'false', required: true, placeholder: 'https://github.com/owner/project/issues/117',
    'aria-describedby': `${id}-problem`, maxlength: '4000',
  });
  const execution = make('input', {id: `${id}-execution`, maxlength: '64', placeholder: 'TE-1042'});
  const problem = make('div', {id: `${id}-problem`, role: 'alert'});
  const button = make('button', {class: 'primary'}, 'Add');
  field.addEventListener('input', () => {
    field.removeAttribute('aria-invalid');
    problem.replaceChildren();
  });
  return make('form', {
    class: 'add-form',
    novalidate: true,
    async onsubmit(event) {
      event.preventDefault();
      button.disabled = true;
      try {
        const link = {url: field.value.trim(), is_defect: true};
        if (execution.value.trim()) link.execution_id = execution.value.trim();
        onadded(await call('POST', 'link-references', link));
      } catch (wrong) {
        field.setAttribute('aria-invalid', 'true');
        problem.replaceChildren(note('error', wrong.message));
        field.focus();
      } finally {
        button.disabled = false;
      }
    },
  },
  make('div', {class: 'fields'},
    make('div', {class: 'wide'}, make('label', {for: id, class: more ? '' : 'unseen'}, 'Address of the bug'), field),
    more ? make('div', {}, make('label', {for: `${id}-execution`}, 'Execution ', make('i', {}, 'optional')), execution) : null,
    button),
  problem);
}

const SERVER = HOME.href;
const READER = 'READER-TOKEN';

function scriptTag({links = 'a.bug-url', show, open, live, token, api} = {}) {
  const attributes = [
    ['data-links', links], ['data-show', show], ['data-open', open], ['data-live', live], ['data-api', api], ['data-token', token],
  ].filter(([, value]) => value).map(([key, value]) => value === true ? `\n  ${key}` : `\n  ${key}="${value.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"`).join('');
  return `<script type="module" src="${SERVER}bugloss.js"${attributes}></script>`;
}

/** What an empty Bugloss shows. */
class FirstRun extends HTMLElement {
  async connectedCallback() {
    document.title = 'Welcome – Bugloss';
    const step = (i, title, text, ...what) => make('li', {}, make('span', {class: 'step', 'aria-hidden': 'true'}, String(i)),
      make('div', {}, make('h2', {}, title), make('p', {class: 'hint'}, text), ...what));
    const steps = make('ol', {class: 'card steps'},
      session.mayEdit ? step(1, 'Paste the address of a bug', 'GitHub, GitLab, JIRA, Bugzilla, Redmine and eight more; any other page is read for its title.',
        addForm({onadded: () => route()}))
        : step(1, 'Ask for the role editor', 'This token may read, not write. Whoever runs this Bugloss can give you another one.'),
      step(2, 'Send them from your test runner', 'One line a link, as many as you like.', code(
        `echo '{"url": "https://…/issues/117", "is_defect": true}' > links.ndjson\n`
        + `curl -X POST ${SERVER}api/link-references \\\n  -H 'Content-Type: application/x-ndjson' --data-binary @links.ndjson`
        + (session.token ? ` \\\n  -H 'Authorization: Bearer EDITOR-TOKEN'` : ''), 'What to send')),
    );
    this.append(
      make('h1', {}, `No bugs yet. ${session.mayEdit ? 'Three ways' : 'Ways'} to begin`),
      make('div', {class: 'two'}, steps, make('section', {class: 'card'}, make('h2', {}, 'In your own pages'),
        make('p', {class: 'hint'}, 'One line, and every bug link gets its icon.'), code(scriptTag({token: READER}), 'What to put into a page'),
        make('p', {class: 'hint'}, 'The page’s origin must be in ', make('code', {}, 'bugloss.cors.origins'), '; the token needs the role ', make('b', {}, 'reader'), ' only. ',
          make('a', {href: '#in-your-pages'}, 'More, and safer ways')))),
    );
    const samples = session.mayEdit && await demonstration();
    const last = samples
      ? step(3, 'Just look around', 'Eight made-up bugs, served by Bugloss itself. Nothing leaves this machine.', make('button', {
        type: 'button',
        async onclick({target}) {
          target.disabled = true;
          try {
            await record(samples);
            route();
          } catch (problem) {
            target.after(note('error', problem.message));
            target.disabled = false;
          }
        },
      }, 'Show me a demonstration'))
      : null;
    if (last) steps.append(last);
    else this.querySelector('h1').textContent = 'No bugs yet. How to begin';
  }
}

/** The sample pages, where this server has them (`bugloss.demonstration`). */
async function demonstration() {
  const answer = await fetch(new URL('demo/links.json', HOME)).catch(() => null);
  return answer?.ok ? answer.json() : null;
}

async function record(samples) {
  const url = page => new URL(`demo/${page}`, HOME).href;
  const lines = objects => objects.map(object => `${JSON.stringify(object)}\n`).join('');
  const type = 'application/x-ndjson';
  const overrides = samples.filter(sample => sample.override).map(sample => ({...sample.override, url: url(sample.page)}));
  await call('POST', 'details/overrides', lines(overrides), {type});
  await call('POST', 'link-references', lines(samples.map(({page, execution_id, name}) => ({url: url(page), execution_id, name, is_defect: true}))), {type});
}

// --- in your pages

/** What to paste, with this server's address, and how it looks. The tab's own token is never in it. */
class InYourPages extends HTMLElement {
  #chosen = {links: 'a.bug-url', show: '', open: '', live: false, way: 'proxy'};

  async connectedCallback() {
    document.title = 'In your pages – Bugloss';
    const radio = (name, value, label, hint) => make('label', {class: 'option'},
      make('input', {type: 'radio', name, value, checked: this.#chosen[name] === value, onchange: () => this.#change(name, value)}),
      make('span', {}, make('b', {}, label), hint && make('small', {}, hint)));
    this.append(
      make('h1', {}, 'In your pages'),
      make('div', {class: 'two'},
        make('section', {class: 'card'},
          make('h2', {}, 'An icon beside every bug link'),
          make('p', {class: 'hint'}, 'One line in the page’s head. Nothing of the page changes but the links that match.'),
          make('div', {class: 'fields'},
            make('div', {class: 'wide'}, make('label', {for: 'links'}, 'Links that match'), make('input', {id: 'links', value: this.#chosen.links, spellcheck: 'false', oninput: ({target}) => this.#change('links', target.value)}))),
          make('fieldset', {}, make('legend', {}, 'What is shown'),
            radio('show', '', 'The icon'), radio('show', 'status', 'The status'), radio('show', 'id', 'The number')),
          make('fieldset', {}, make('legend', {}, 'The tooltip opens'),
            radio('open', '', 'On hover, focus and tap'), radio('open', 'click', 'On click only')),
          make('fieldset', {}, make('legend', {}, 'While the page is open'),
            make('label', {class: 'option'}, make('input', {type: 'checkbox', onchange: ({target}) => this.#change('live', target.checked)}),
              make('span', {}, make('b', {}, 'Icons change as the bugs do')))),
          make('fieldset', {class: 'rows'}, make('legend', {}, 'How the page may ask'),
            radio('way', 'proxy', 'Through its own server', 'Safest: your server adds the token, and no browser ever sees it.'),
            radio('way', 'function', 'With short-lived tokens', 'A function of yours gives one whenever it is asked.'),
            radio('way', 'token', 'With a token in the page', 'Whoever reads the page reads it: role reader, one for each page.')),
          make('div', {class: 'paste'})),
        make('section', {class: 'card preview'}, make('h2', {}, 'Preview'), make('div', {class: 'sample'}))),
      make('div', {class: 'two even'}, this.#badge(), this.#bookmarklet()),
      this.#userScript());
    this.#paste();
    const items = await call('GET', `link-references?${query({is_defect: 'true', sort: '-id', limit: 3})}`).then(answer => answer.items, () => []);
    this.urls = items.length ? [...new Set(items.map(item => item.url))] : ['https://github.com/kiwitcms/Kiwi/issues/117'];
    this.#preview();
    this.#badgeOf(this.urls[0]);
  }

  #change(name, value) {
    this.#chosen[name] = value;
    this.#paste();
    if (name === 'show' || name === 'open') this.#preview();
  }

  #paste() {
    const {links, show, open, live, way} = this.#chosen;
    const origins = 'The page’s origin must be in bugloss.cors.origins.';
    const csp = `Content-Security-Policy: script-src ${HOME.origin}; connect-src ${way === 'proxy' ? "'self'" : HOME.origin}`;
    const [text, hint] = {
      proxy: [scriptTag({links, show, open, live, api: '/bugloss-api/'}), 'Your server passes /bugloss-api/… on to '
        + `${SERVER}api/… and adds the header Authorization: Bearer ${READER}; only to those who are signed in there.`],
      function: [`<script type="module">\n  import {start} from '${SERVER}bugloss.js';\n  start({\n    links: ${JSON.stringify(links)},${show ? `\n    show: '${show}',` : ''}${open ? `\n    open: '${open}',` : ''}${live ? '\n    live: true,' : ''}\n`
        + `    token: async () => (await fetch('/my-token')).text(),\n  });\n</script>`, origins],
      token: [scriptTag({links, show, open, live, token: READER}), origins],
    }[way];
    this.querySelector('.paste').replaceChildren(code(text, 'What to put into a page'), make('p', {class: 'hint'}, hint),
      make('details', {}, make('summary', {}, 'Where the page has a strict policy'), code(csp, 'Policy'), make('p', {class: 'hint'}, 'Nothing for styles is needed, and it works with Trusted Types.')));
  }

  #preview() {
    const {show, open} = this.#chosen;
    this.querySelector('.sample').replaceChildren(...(this.urls ?? []).map(url => {
      const icon = document.createElement('bug-details');
      icon.setAttribute('href', url);
      icon.setAttribute('show', show);
      icon.setAttribute('open', open);
      return make('p', {}, make('a', {href: url, target: '_blank', rel: 'noopener noreferrer'}, url.replace(/^https?:\/\//, '')), icon);
    }));
  }

  #badge() {
    const section = make('section', {class: 'card'}, make('h2', {}, 'A badge where no script runs'),
      make('p', {class: 'hint'}, 'For READMEs, wikis and mails. It sends no token: strangers see id and status only with bugloss.badges=everyone.'),
      make('div', {class: 'fields'}, make('div', {class: 'wide'}, make('label', {for: 'badge-url'}, 'Address of the bug'),
        make('input', {id: 'badge-url', inputmode: 'url', spellcheck: 'false', oninput: ({target}) => this.#badgeOf(target.value.trim(), true)}))),
      make('div', {class: 'badge'}));
    return section;
  }

  #badgeOf(url, typed) {
    if (!typed) this.querySelector('#badge-url').value = url;
    if (!URL.canParse(url)) return;
    const picture = `${SERVER}api/details/badge?url=${encodeURIComponent(url)}`;
    this.querySelector('.badge').replaceChildren(
      make('p', {}, make('img', {src: picture, alt: 'the badge of this bug', height: '20'})),
      code(`[![bug](${picture})](${url})`, 'Markdown'), code(`<a href="${url}"><img src="${picture}" alt="bug"></a>`, 'HTML'));
  }

  #bookmarklet() {
    const text = `javascript:void open('${SERVER}#links='+encodeURIComponent([...new Set([...document.links].map(a=>a.href).filter(h=>/^https?:/.test(h)&&h.length<2049))].slice(0,${MOST_LINKS}).join(' ')))`;
    return make('section', {class: 'card'}, make('h2', {}, 'A bookmarklet for any page'),
      make('p', {class: 'hint'}, 'Drag it to your bookmarks. It has no token, since a page’s script would read it: it opens the page’s bug links here, with their icons.'),
      make('p', {}, make('a', {class: 'button', href: text, onclick: event => event.preventDefault()}, 'Bugs of this page')),
      code(text, 'Bookmarklet'));
  }

  #userScript() {
    return make('section', {class: 'card'}, make('h2', {}, 'A user script for pages that are not yours'),
      make('p', {class: 'hint'}, 'For Tampermonkey, Violentmonkey and the like. The token stays in the extension, where no page can read it: set it once in the script’s menu. Put the pages that you mean into @match.'),
      code(userScript(), 'User script'));
  }
}

/** Asks by the extension, which no page's policy or script reaches, and writes only the status beside the links. */
function userScript() {
  return `// ==UserScript==
// @name     Bugloss
// @match    https://tests.example/*
// @grant    GM_xmlhttpRequest
// @grant    GM_registerMenuCommand
// @grant    GM_getValue
// @grant    GM_setValue
// @connect  ${HOME.hostname}
// ==/UserScript==
const links = 'a.bug-url';
GM_registerMenuCommand('Bugloss: set the token', () => GM_setValue('token', prompt('A token with the role reader')));
const found = [...document.querySelectorAll(links)].slice(0, ${MOST_LINKS});
if (found.length) GM_xmlhttpRequest({
  method: 'POST',
  url: '${SERVER}api/details/query',
  headers: {'Content-Type': 'application/json', Authorization: 'Bearer ' + GM_getValue('token', '')},
  data: JSON.stringify({urls: [...new Set(found.map(a => a.href))], brief: true}),
  onload({status, responseText}) {
    if (status !== 200) return console.warn('Bugloss answered with status ' + status);
    const {details} = JSON.parse(responseText);
    for (const a of found) {
      const bug = details[a.href];
      if (!bug || bug.problem) continue;
      const mark = document.createElement('small');
      mark.attachShadow({mode: 'closed'}).textContent = ' ' + (bug.resolved ? '✔ ' : '○ ') + (bug.status || '?');
      mark.title = bug.title || '';
      a.after(mark);
    }
  },
});`;
}

/** What the bookmarklet brought: the links of some page. Only those of known trackers are asked for unasked. */
class PageLinks extends HTMLElement {
  async connectedCallback() {
    document.title = 'Bugs of a page – Bugloss';
    let urls = [];
    try {
      urls = decodeURIComponent(this.links).split(' ');
    } catch {
      // Somebody cut the address.
    }
    urls = [...new Set(urls.filter(url => /^https?:/.test(url) && URL.canParse(url)))].slice(0, MOST_LINKS);
    const systems = await call('GET', 'trackers').catch(() => []);
    const covered = url => systems.some(({base_url: base}) => {
      const {origin, pathname} = new URL(base);
      const asked = new URL(url);
      return asked.origin === origin && `${asked.pathname}/`.startsWith(pathname.replace(/\/?$/, '/'));
    });
    const known = urls.filter(covered);
    const others = urls.filter(url => !covered(url));
    const list = make('ul', {class: 'card links'});
    const add = more => list.append(...more.map(url => {
      const icon = document.createElement('bug-details');
      icon.setAttribute('href', url);
      icon.setAttribute('show', 'status');
      return make('li', {}, make('a', {href: url, target: '_blank', rel: 'noopener noreferrer'}, url.replace(/^https?:\/\//, '')), icon);
    }));
    add(known);
    this.append(make('h1', {}, 'Bugs of a page'), known.length ? list : make('p', {class: 'hint'}, 'None of its links leads to a tracker that is known here.'));
    if (others.length) {
      const rest = make('button', {
        type: 'button',
        onclick: () => {
          rest.remove();
          if (!list.isConnected) this.append(list);
          add(others);
        },
      }, `Ask for the ${number.format(others.length)} other links too`);
      this.append(rest);
    }
  }
}

// --- trackers

const SYSTEM_STATES = {
  working: ['working', 'working'], resting: ['resting', 'resting'], failing: ['failing', 'failing'],
  paused: ['paused', 'paused'], unasked: ['unasked', 'not asked yet'],
};

/** The systems and how they are, and what happens for an address. */
class TrackerList extends HTMLElement {
  connectedCallback() {
    document.title = 'Trackers – Bugloss';
    this.append(
      make('div', {class: 'bar start'}, make('h1', {}, 'Trackers'), make('span', {class: 'hint'})),
      make('div', {class: 'two wide'},
        make('div', {class: 'card table systems'}, make('table', {}, make('caption', {class: 'unseen'}, 'Systems'), make('thead', {}, make('tr', {},
          ['System', 'State', 'Links', 'Last answer', 'Rate limit'].map(title => make('th', {scope: 'col'}, title)))), make('tbody')), make('div', {class: 'below'})),
        this.#check()));
    this.refresh();
  }

  async refresh() {
    try {
      const systems = await call('GET', 'trackers');
      const failing = systems.filter(system => stateOf(system) === 'failing').length;
      this.querySelector('.hint').textContent = `${systems.length} ${systems.length === 1 ? 'system' : 'systems'}${failing ? `, ${failing} failing` : ''}`;
      this.querySelector('tbody').replaceChildren(...systems.flatMap(system => this.#rows(system)));
      if (!systems.length) this.querySelector('.below').append(make('p', {class: 'nothing'}, 'No system is configured: every page is read for its Open Graph metadata.'));
    } catch (problem) {
      this.querySelector('.below').append(note('error', problem.message));
    }
  }

  #rows(system) {
    const {name, tracker, base_url: base, authenticated, references, last_success: success, rate_limit: rate} = system;
    const {last_hook: hook, hooks_refused: refused} = system;
    const state = stateOf(system);
    const [shape, word] = SYSTEM_STATES[state] ?? SYSTEM_STATES.working;
    const where = base.replace(/^https?:\/\//, '').replace(/\/$/, '');
    const reset = rate?.reset_at && rate.remaining === 0 ? make('small', {}, `again ${relativeText(rate.reset_at)}`) : null;
    const setUp = make('hook-set-up', {id: `hook-${name}`});
    Object.assign(setUp, {name, tracker, refused});
    const below = make('tr', {class: 'set-up', hidden: true}, make('td', {colspan: '5'}, setUp));
    const button = make('button', {
      type: 'button', class: 'set-up', 'aria-expanded': 'false', 'aria-controls': setUp.id, 'aria-label': `Set up the hook of ${name}`,
      onclick: () => {
        load('./hook-set-up.js');
        below.hidden = !below.hidden;
        button.setAttribute('aria-expanded', String(!below.hidden));
      },
    }, 'Set up');
    return [make('tr', {},
      make('td', {class: 'system'}, make('b', {}, name), make('small', {}, [tracker, where === name ? '' : where, authenticated ? 'with credentials' : 'anonymous'].filter(Boolean).join(' · ')), trouble(system, state),
        make('div', {class: 'hook'}, make('span', {}, 'Last hook: ', age(hook, 'none')), refused ? make('span', {class: 'refused'}, `${number.format(refused)} refused`) : null, button)),
      make('td', {}, make('span', {class: `dot ${shape}`}, word), session.mayEdit ? make('div', {class: 'pause'}, this.#pause(system)) : null),
      make('td', {'data-name': 'Links'}, number.format(references)),
      make('td', {'data-name': 'Last answer'}, age(success)),
      make('td', {'data-name': 'Rate limit'}, rate ? `${number.format(rate.remaining)}${rate.limit ? ` of ${number.format(rate.limit)}` : ' left'}` : '–', reset)), below];
  }

  /** Leaves a system alone, on all nodes, or asks it again. */
  #pause({name, paused}) {
    const button = make('button', {
      type: 'button', class: 'set-up', 'data-pause': name, 'aria-label': `${paused ? 'Resume' : 'Pause'} ${name}`,
      onclick: async () => {
        button.disabled = true;
        try {
          await call('PATCH', `trackers/${encodeURIComponent(name)}`, {paused: !paused});
          await this.refresh();
          this.querySelector(`[data-pause="${name}"]`)?.focus();
        } catch (problem) {
          button.disabled = false;
          toast(problem.message);
        }
      },
    }, paused ? 'Resume' : 'Pause');
    return button;
  }

  #check() {
    const field = make('input', {id: 'check', type: 'text', inputmode: 'url', spellcheck: 'false', autocomplete: 'off', required: true, placeholder: 'https://…', 'aria-describedby': 'check-problem'});
    const problem = make('div', {id: 'check-problem', role: 'alert'});
    const steps = make('ol', {class: 'checks', 'aria-live': 'polite'});
    const button = make('button', {class: 'primary'}, 'Check');
    return make('section', {class: 'card'}, make('h2', {}, 'Check an address'),
      make('p', {class: 'hint'}, session.mayEdit ? 'Asks the tracker now, past the cache, and tells which step fails.' : 'This needs the role editor; this token may read, not write.'),
      session.mayEdit ? make('form', {
        class: 'add-form',
        novalidate: true,
        async onsubmit(event) {
          event.preventDefault();
          button.disabled = true;
          problem.replaceChildren();
          field.removeAttribute('aria-invalid');
          steps.replaceChildren(make('li', {class: 'asking'}, 'Asking…'));
          try {
            steps.replaceChildren(...checked(await call('POST', `trackers/check?${query({url: field.value.trim()})}`)));
          } catch (wrong) {
            steps.replaceChildren();
            field.setAttribute('aria-invalid', 'true');
            problem.replaceChildren(note('error', wrong.message));
          } finally {
            button.disabled = false;
          }
        },
      }, make('div', {class: 'fields'}, make('div', {class: 'wide'}, make('label', {for: 'check', class: 'unseen'}, 'Address to check'), field), button), problem) : null,
      steps);
  }
}

function stateOf({state, paused, last_success: success, last_failure: failure}) {
  return paused ? 'paused' : state && state !== 'working' ? state : !success && !failure ? 'unasked' : 'working';
}

function trouble(system, state) {
  const {last_failure: failure, asked_again_at: next} = system;
  const again = next ? `; asked again ${relativeText(next)}` : '';
  if (state === 'failing' && failure) return note('error', failure.message + again);
  if (state === 'resting') return note('stale', (failure?.message ?? 'asked to be left alone') + again);
  return null;
}

/** The steps of a check, with the one that failed. */
function checked({system, tracker, api_url: api, authenticated, via, details, failure, duration_ms: took}) {
  const step = (kind, title, aside, ...more) => make('li', {class: kind},
    glyph({good: 'tick', bad: 'cross', skipped: 'unknown'}[kind]), make('div', {}, make('div', {class: 'what'}, title), more.flat().filter(Boolean).map(text => make('small', {}, text))), make('span', {class: 'aside'}, aside));
  const failed = failure && sentence(failure.message);
  const found = details && [details.title ?? 'No title', [details.status, details.id && `#${details.id}`].filter(Boolean).join(' · ')];
  const milliseconds = `${number.format(took)} ms`;
  const steps = [];
  if (system) {
    steps.push(step('good', make('span', {}, 'Belongs to the system ', make('b', {}, system)), tracker));
    steps.push(authenticated ? step('good', 'Has credentials', '') : step('skipped', 'Has no credentials: asks anonymously', ''));
    if (via === 'api') {
      steps.push(failure ? step('bad', make('b', {}, 'Its API gave no details'), milliseconds, failed, api) : step('good', make('b', {}, 'Its API answered'), milliseconds, ...found ?? []));
      steps.push(step('skipped', 'Read the page instead (Open Graph)', 'not needed'));
      if (failure) steps[3] = step('skipped', 'Read the page instead (Open Graph)', 'not tried');
    } else {
      steps.push(step('bad', make('b', {}, 'Its API gave no details'), '', failed, api));
      steps.push(details ? step('good', make('b', {}, 'The page was read instead (Open Graph)'), milliseconds, ...found) : step('bad', 'The page gave nothing either', milliseconds));
    }
  } else {
    steps.push(step('skipped', 'Belongs to no system', tracker));
    steps.push(details ? step('good', make('b', {}, 'The page was read (Open Graph)'), milliseconds, ...found) : step('bad', make('b', {}, 'The page gave no details'), milliseconds, failed));
  }
  return steps;
}

export {HOME, age, call, code, make, note, number, query, session, toast};

customElements.define('sign-in', SignIn);
customElements.define('who-am-i', WhoAmI);
customElements.define('link-list', LinkList);
customElements.define('first-run', FirstRun);
customElements.define('in-your-pages', InYourPages);
customElements.define('page-links', PageLinks);
customElements.define('tracker-list', TrackerList);

enter();
