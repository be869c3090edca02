// What was resolved, or opened again, since somebody last looked: for each test execution, what to test again. How far one has
// looked is kept by the browser, for each name by which people are known here.

import {news} from './bugloss-live.js';
import {age, call, make, note, number, query, session, toast} from './app.js';

const KINDS = 'resolved,reopened';
const PAGE = 1000;
const MOST_PAGES = 5;
const MOST_ROWS = 300;

const looked = {
  get key() {
    return `bugloss-looked ${session.me.name ?? ''}`;
  },

  /** `{cursor, at}`; empty where nothing was marked as seen yet. */
  get() {
    try {
      return JSON.parse(localStorage.getItem(this.key)) ?? {};
    } catch {
      return {};
    }
  },

  set(value) {
    if (value.cursor) localStorage.setItem(this.key, JSON.stringify(value));
    else localStorage.removeItem(this.key);
  },
};

class BugsToRetest extends HTMLElement {
  #asked = 0;
  #next;

  connectedCallback() {
    document.title = 'To retest – Bugloss';
    news.addEventListener('changes', this.hear = ({detail}) => this.#hear(detail));
    this.addEventListener('bugloss-details', ({target}) => this.#follow(target));
    this.seen = make('button', {type: 'button', class: 'primary', hidden: true, onclick: () => this.#markAsSeen()}, 'Mark all as seen');
    this.since = make('p', {class: 'hint'});
    this.more = make('div', {class: 'more', role: 'status'});
    this.list = make('div', {class: 'list'});
    this.append(make('div', {class: 'bar'}, make('h1', {tabindex: '-1'}, 'To retest'), this.seen), this.since, this.more, this.list);
    this.#load();
  }

  disconnectedCallback() {
    news.removeEventListener('changes', this.hear);
  }

  async #load() {
    const ticket = ++this.#asked;
    const {cursor, at} = looked.get();
    this.setAttribute('aria-busy', 'true');
    try {
      const {bugs, next, full} = await this.#read(cursor);
      if (ticket !== this.#asked) return;
      this.#next = next;
      this.more.replaceChildren();
      this.seen.hidden = !bugs.length;
      this.since.replaceChildren(...at ? ['Resolved or opened again since you last marked all as seen, ', age(at), '.']
        : ['Resolved or opened again since Bugloss keeps account. Once you mark all as seen, only what is new stands here.']);
      this.#show(bugs, full);
    } catch (problem) {
      if (ticket === this.#asked) this.#trouble(problem);
    } finally {
      if (ticket === this.#asked) this.removeAttribute('aria-busy');
    }
  }

  /** The last change of each bug; of so many changes that a page can bear. */
  async #read(cursor) {
    const last = new Map();
    let next = cursor;
    let full = true;
    for (let pages = 0; full && pages < MOST_PAGES; pages++) {
      const page = await call('GET', `changes?${query({kind: KINDS, after: next, limit: PAGE})}`);
      for (const item of page.items) {
        last.delete(item.url);
        last.set(item.url, item);
      }
      full = page.items.length === PAGE;
      ({next} = page);
    }
    return {bugs: [...last.values()].reverse(), next, full};
  }

  #show(bugs, full) {
    const rows = byExecution(bugs);
    const groups = some => [...Map.groupBy(some, ({execution}) => execution)].map(([execution, its]) => group(execution, its));
    const rest = rows.slice(MOST_ROWS);
    const button = make('button', {type: 'button', onclick: () => button.replaceWith(...groups(rest))}, `Show the other ${number.format(rest.length)}`);
    this.list.replaceChildren(...[
      full && note('stale', 'There is more than fits in here. Mark this as seen, and the rest comes.'),
      ...groups(rows.slice(0, MOST_ROWS)),
      rest.length && button,
      !rows.length && make('p', {class: 'card nothing'}, 'Nothing new. ', make('a', {href: './?resolved=true'}, 'All that is resolved')),
    ].filter(Boolean));
  }

  /** Too old, of another database, or nobody answers. */
  #trouble({status, message}) {
    const isLost = status === 410 || status === 400;
    this.seen.hidden = true;
    this.since.replaceChildren();
    this.list.replaceChildren(make('section', {class: 'card'},
      note('error', isLost ? 'What you marked as seen is longer ago than changes are kept: what was resolved since then can’t be told.' : message),
      make('p', {class: 'actions'},
        make('button', {type: 'button', class: 'primary', onclick: () => isLost ? this.#beginAgain() : this.#load()}, isLost ? 'Begin again from now' : 'Try again'),
        isLost ? make('a', {class: 'button', href: './?resolved=true'}, 'All that is resolved') : null)));
  }

  async #beginAgain() {
    try {
      const {next} = await call('GET', `changes?${query({after: 'now', limit: 1})}`);
      looked.set({cursor: next, at: new Date().toISOString()});
      this.#load();
      this.querySelector('h1').focus();
    } catch (problem) {
      toast(problem.message);
    }
  }

  #markAsSeen() {
    const before = looked.get();
    looked.set({cursor: this.#next, at: new Date().toISOString()});
    this.#load();
    this.querySelector('h1').focus();
    toast('All marked as seen', make('button', {
      type: 'button',
      onclick: ({target}) => {
        looked.set(before);
        target.closest('.toast').remove();
        if (this.isConnected) this.#load();
      },
    }, 'Undo'));
  }

  /** What comes meanwhile is told, and shown when its reader wants it: nothing moves by itself. */
  async #hear(items) {
    if (!this.#next || items.length && !items.some(({kind}) => KINDS.split(',').includes(kind))) return;
    const from = this.#next;
    const later = await call('GET', `changes?${query({kind: KINDS, after: from, limit: PAGE})}`).then(page => page.items.length, () => 0);
    if (from !== this.#next) return this.#hear([]); // shown meanwhile, with or without these
    if (!later) return;
    this.more.replaceChildren(make('span', {}, `${number.format(later)} more since this was shown`), make('button', {type: 'button', onclick: () => {
      this.#load();
      this.querySelector('h1').focus();
    }}, 'Show'));
  }

  /** What its icon learnt of a bug, among it why it is resolved. */
  #follow(icon) {
    const row = icon.closest('li');
    if (!row || !icon.details) return;
    const {status, resolved, fields, restricted} = icon.details;
    if (!restricted) row.querySelector('.pill').replaceWith(pill(status, resolved));
    row.querySelector('.resolution').textContent = fields?.resolution ?? '';
  }
}

const pill = (status, resolved) => {
  const state = resolved == null ? 'unknown' : resolved ? 'resolved' : 'open';
  return make('span', {class: `pill ${state}`, dir: 'auto'}, status || state);
};

/** Of each execution its bugs, those to test again first; at the end what belongs to none. */
function byExecution(bugs) {
  const rows = bugs.flatMap(item => (item.executions.length ? item.executions : ['']).map(execution => ({execution, item})));
  const order = new Intl.Collator('en', {numeric: true});
  return rows.sort((one, other) => (one.execution === '') - (other.execution === '')
    || order.compare(one.execution, other.execution)
    || (one.item.kind === 'reopened') - (other.item.kind === 'reopened'));
}

function group(execution, rows) {
  const again = rows.filter(({item}) => item.kind === 'reopened').length;
  const told = [rows.length > again && `${number.format(rows.length - again)} to retest`, again && `${number.format(again)} open again`];
  const name = execution ? make('a', {href: `./?${query({execution_id: execution})}`, dir: 'auto'}, execution) : 'Of no execution';
  return make('section', {class: 'card retest'},
    make('h2', {}, name, make('span', {class: 'hint'}, told.filter(Boolean).join(', '))),
    make('ul', {}, rows.map(({item}) => bug(item))));
}

function bug(item) {
  const {url, kind, at, title, tracker, bug_id: id, before, after, executions, executions_total: total} = item;
  const icon = document.createElement('bug-details');
  icon.setAttribute('href', url);
  return make('li', {},
    pill(after.status, after.resolved),
    make('div', {},
      make('span', {class: 'line'}, make('a', {class: 'title', href: url, target: '_blank', rel: 'noopener noreferrer', dir: 'auto'}, title ?? url), icon),
      make('span', {class: 'about'},
        make('span', {dir: 'auto'}, [tracker, id && (/^\d/.test(id) ? `#${id}` : id)].filter(Boolean).join(' ')),
        make('b', {class: 'resolution', dir: 'auto'}),
        make('span', {}, kind === 'resolved' ? 'resolved ' : 'opened again ', age(at)),
        before.status && before.status !== after.status ? make('span', {}, 'was ', make('span', {dir: 'auto'}, before.status)) : null,
        total > executions.length ? make('a', {href: `./?${query({q: url})}`}, `and ${number.format(total - executions.length)} more executions`) : null)));
}

customElements.define('bugs-to-retest', BugsToRetest);
