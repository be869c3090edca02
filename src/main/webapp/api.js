// The REST interface for people to read, made of the document at api/openapi.json and nothing else.

const DOCUMENT = new URL('api/openapi.json', import.meta.url);
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const WORDS_OF_LIMITS = [
  ['format', ''], ['default', 'default '], ['minimum', 'from '], ['maximum', 'to '], ['minLength', 'at least '], ['maxLength', 'at most '], ['maxItems', 'at most '],
];

let api;

/** An element: attributes by name; children that are nothing are left out. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value != null) element.setAttribute(key, value);
  element.append(...children.flat().filter(child => child != null && child !== ''));
  return element;
}

/** Text of the document: what is in backquotes is code, an empty line begins a paragraph. */
function prose(text) {
  return (text ?? '').split('\n\n').filter(Boolean).map(paragraph => make('p', {}, words(paragraph)));
}

function words(text) {
  return (text ?? '').split('`').map((part, i) => i % 2 ? make('code', {}, part) : part);
}

/** What a reference leads to, or the value itself. */
function followed(value) {
  if (!value?.$ref) return value ?? {};
  return value.$ref.slice(2).split('/').reduce((inside, name) => inside[name.replaceAll('~1', '/').replaceAll('~0', '~')], api);
}

function anchor(...names) {
  return names.join('-').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/-$/, '');
}

/** What values there are, in a few words, with links to the schemas that have a name. */
function typeOf(schema) {
  if (!schema) return [];
  if (schema.$ref) {
    const name = schema.$ref.split('/').pop();
    return [make('a', {href: `#${anchor('schema', name)}`}, name)];
  }
  if (schema.oneOf) return schema.oneOf.flatMap((one, i) => [i ? ' or ' : '', ...typeOf(one)]);
  if (schema.enum) return schema.enum.flatMap((one, i) => [i ? ' | ' : '', make('code', {}, JSON.stringify(one))]);
  const types = [schema.type].flat();
  const of = types[0] === 'array' ? ['array of ', ...typeOf(schema.items)]
    : schema.additionalProperties?.oneOf ? ['object of ', ...typeOf(schema.additionalProperties)] : [types[0]];
  const limits = WORDS_OF_LIMITS.filter(([name]) => schema[name] !== undefined).map(([name, word]) => word + schema[name]);
  return [...of, types.includes('null') ? ' or null' : '', limits.length ? `, ${limits.join(', ')}` : ''];
}

function table(caption, heads, rows) {
  return make('div', {class: 'scrolled', tabindex: 0, role: 'group', 'aria-label': caption},
    make('table', {}, make('caption', {class: 'unseen'}, caption),
      make('thead', {}, make('tr', {}, heads.map(head => make('th', {scope: 'col'}, head)))),
      make('tbody', {}, rows.map(([first, ...others]) => make('tr', {}, make('th', {scope: 'row'}, first), others.map(cell => make('td', {}, cell)))))));
}

function members(name, {properties = {}, required = []}) {
  const rows = Object.entries(properties).map(([member, schema]) =>
    [make('code', {}, member), [...typeOf(schema), required.includes(member) ? ', always there' : ''], words(schema.description ?? followed(schema).description)]);
  return rows.length ? table(`Members of ${name}`, ['Member', 'Value', 'Meaning'], rows) : null;
}

function example(label, value) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return make('details', {}, make('summary', {}, label), make('pre', {tabindex: 0}, text));
}

/** What is sent in one direction: of each media type the schema and its examples. */
function content(types = {}) {
  return Object.entries(types).map(([type, media]) => {
    const lines = media['x-item-schema'];
    const examples = media.examples ? Object.entries(media.examples) : media.example === undefined ? [] : [['', {value: media.example}]];
    return make('div', {class: 'media'},
      make('p', {}, make('code', {}, type), ': ', ...typeOf(lines ?? media.schema), lines ? ', one a line' : ''),
      examples.map(([name, {summary, value}]) => example(`Example of ${type}${name && `: ${summary ?? name}`}`, value)));
  });
}

function parameters(all) {
  if (!all.length) return null;
  return table('Parameters', ['Parameter', 'Value', 'Meaning'], all.map(({name, in: place, required, schema, description}) =>
    [make('code', {}, name), [...typeOf(schema), `, in the ${place}`, required ? ', must be given' : ''], words(description)]));
}

function response([status, value]) {
  const {description, headers = {}, content: types} = followed(value);
  return make('li', {},
    make('p', {}, make('b', {}, status === 'default' ? 'Others' : status), ' ', words(description)),
    Object.entries(headers).map(([name, header]) => make('p', {class: 'hint'}, make('code', {}, name), ': ', words(followed(header).description))),
    content(types));
}

/** Who may: the schemes by which a caller proves it, and the least role. */
function callers(security) {
  const ways = security.map(way => Object.keys(way)).filter(way => way.length);
  const [role] = security.flatMap(way => Object.values(way)).flat();
  const open = security.length > ways.length || !security.length;
  return make('p', {class: 'hint'}, open ? 'For everybody' : role ? `For the role ${role}` : 'For who proves it',
    ways.length ? [open ? ', known by ' : ', proved by ', ...ways.flatMap((way, i) => [i ? ' or ' : '', ...way.flatMap((name, j) =>
      [j ? ' with ' : '', make('a', {href: `#${anchor('scheme', name)}`}, name)])])] : '');
}

function operation(method, path, item) {
  const {[method]: made} = item;
  const id = anchor(method, path);
  return make('section', {class: 'card operation', 'aria-labelledby': id},
    make('h3', {id}, make('span', {class: `method ${method}`}, method.toUpperCase()), ' ', make('code', {}, path)),
    make('p', {}, make('b', {}, made.summary)),
    prose(made.description),
    callers(made.security ?? api.security),
    parameters([...item.parameters ?? [], ...made.parameters ?? []].map(followed)),
    made.requestBody ? [make('h4', {}, 'Sent'), ...prose(made.requestBody.description), ...content(made.requestBody.content)] : null,
    make('h4', {}, 'Answers'),
    answers(made.responses));
}

/** The problems are much the same everywhere, so they are shown to who wants to see them. */
function answers(all) {
  const good = Object.entries(all).filter(([status]) => /^[23]/.test(status));
  const problems = Object.entries(all).filter(([status]) => !/^[23]/.test(status));
  const known = problems.map(([status]) => status).filter(status => status !== 'default');
  return [
    make('ul', {class: 'answers'}, good.map(response)),
    make('details', {}, make('summary', {}, `Problems: ${[...known, 'others'].join(', ')}`), make('ul', {class: 'answers'}, problems.map(response))),
  ];
}

/** The operations of a tag; what Bugloss sends by itself stands behind what it is asked. */
function operations(tag) {
  return [...Object.entries(api.paths), ...Object.entries(api.webhooks)].flatMap(([path, item]) =>
    METHODS.filter(method => item[method]?.tags.includes(tag)).map(method => operation(method, path, item)));
}

function schema([name, value]) {
  const id = anchor('schema', name);
  return make('section', {class: 'card', 'aria-labelledby': id},
    make('h3', {id}, name), prose(value.description), value.properties ? null : make('p', {}, typeOf(value)), members(name, value));
}

function schemes() {
  return table('Ways to prove who calls', ['Name', 'Sent as', 'Meaning'], Object.entries(api.components.securitySchemes).map(([name, scheme]) =>
    [make('span', {id: anchor('scheme', name)}, name), make('code', {}, scheme.type === 'http' ? `Authorization: ${scheme.scheme}` : `${scheme.in} ${scheme.name}`), words(scheme.description)]));
}

function page() {
  const {info, tags, components} = api;
  const chapters = [...tags.map(({name, description}) => [name, description, () => operations(name)]),
    ['proofs', 'How a caller proves who calls', () => [make('section', {class: 'card table'}, schemes())]],
    ['schemas', 'What bodies and answers are made of', () => Object.entries(components.schemas).map(schema)]];
  return [
    make('h1', {}, 'REST interface'),
    make('p', {class: 'hint'}, `Bugloss ${info.version}, as in `, make('a', {href: DOCUMENT.href}, 'api/openapi.json'), `, OpenAPI ${api.openapi}`),
    prose(info.description),
    make('nav', {class: 'contents', 'aria-label': 'Contents'}, make('ul', {}, chapters.map(([name, description]) =>
      make('li', {}, make('a', {href: `#${anchor('chapter', name)}`}, name), ': ', description)))),
    chapters.flatMap(([name, , parts]) => [make('h2', {id: anchor('chapter', name)}, name), ...parts()]),
  ];
}

async function show() {
  const main = document.querySelector('main');
  try {
    const response = await fetch(DOCUMENT);
    if (!response.ok) throw new Error(`status ${response.status}`);
    api = await response.json();
  } catch (problem) {
    main.append(make('p', {class: 'card', role: 'alert'}, `api/openapi.json can't be read: ${problem.message}`));
    return;
  }
  main.append(...page().flat());
  // The browser looked for it before it was there.
  if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}

show();
