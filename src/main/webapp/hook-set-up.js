// How to let a tracker tell of its changes by itself: what to fill in where, with this server's address. What each tracker asks for is
// data, in hooks.json; for those that are not there, the general form.

import {HOME, code, make, note, number, session} from './app.js';

let trackers;

class HookSetUp extends HTMLElement {
  async connectedCallback() {
    if (this.childElementCount) return;
    try {
      trackers ??= await fetch(new URL('hooks.json', HOME)).then(answer => answer.json());
    } catch {
      return this.replaceChildren(note('error', 'How to set it up did not load.'));
    }
    const {where, fill, note: hint} = trackers[this.tracker] ?? trackers[''];
    const url = `${publicUrl()}api/hooks/${this.name}`;
    const key = `bugloss.system.${this.name}.hook-secret`;
    const value = (name, text) => text === '{secret}' ? [make('span', {}, 'the secret that is in ', make('code', {}, key))]
      : /\{(url|secret)\}/.test(text) ? [code(text.replace('{url}', url).replace('{secret}', 'SECRET'), name)] : [text];
    this.replaceChildren(...[
      this.refused && note('stale', `${number.format(this.refused)} messages were refused: is the secret there the one in ${key}?`),
      make('p', {}, where),
      make('dl', {}, Object.entries(fill).flatMap(([name, text]) => [make('dt', {}, name), make('dd', {}, value(name, text))])),
      hint && make('p', {class: 'hint'}, hint),
      make('p', {class: 'hint'}, 'The tracker must reach this address. Without ', make('code', {}, key), ' every message is refused; ',
        make('code', {}, 'openssl rand -hex 24'), ' makes one.'),
    ].filter(Boolean));
  }
}

/** Where this server is for others: as its configuration has it, as far as that is told; else where we see it. */
function publicUrl() {
  const [first] = session.me.sign_in ?? [];
  return first?.url.replace(/api\/sign-in\/[^/]*$/, '') ?? HOME.href;
}

customElements.define('hook-set-up', HookSetUp);
