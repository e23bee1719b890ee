// The mock of the administration API of doc/spec/policy-api.md: one document, staged and committed, in memory.
import { readFileSync } from 'node:fs';
import { administratorOf } from './admin.mjs';
import { Answer, json, problem } from './http.mjs';
import { allPolicyOf, findPolicy, listeners, meetHost, parametersOf, predefined, previewOf, warningsOf } from './policy-decide.mjs';
import { changesOf, differenceOf, findRow, formatDocument, groupsOf, idOf, makeRoom, numberGroups, parseDocument, rowsOf, section_names, sortGroups, writtenValues } from './policy-document.mjs';
import { sections } from './policy-keys.mjs';
import { findSender, isAddress, judgeLines, parseSender } from './policy-senders.mjs';
import { traceOf } from './policy-trace.mjs';

const first_document = parseDocument(readFileSync(new URL('../../vectors/policy/default-document.toml', import.meta.url), 'utf8')).document;
const moment = (day, hour) => new Date(Date.UTC(2026, 10, day, hour, 12)).toISOString();

export function makePolicy() {
    const with_rat = { ...first_document, recipient: [{ values: { address: ['acme.test'], action: 'accept' } }] };
    const allowed = with_rat.sender_group.map((row) => (row.values.name === 'ALLOWED_LIST' ? { ...row, senders: [{ text: 'mx.partner.test', comment: '' }, { text: '192.0.2.0/29', comment: 'Partner, both hosts' }] } : row));
    const live = { ...with_rat, sender_group: allowed };
    return {
        live, staged: null, stamp: '0', author: null, time: null, clock: 1793000000,
        commits: [
            { version: 1, time: moment(2, 9), author: 'sealpost', comment: 'The policy of a new store', document: first_document },
            { version: 2, time: moment(2, 10), author: 'admin', comment: 'Mail for acme.test', document: with_rat },
            { version: 3, time: moment(17, 15), author: 'second', comment: '', document: live },
        ],
    };
}

const versionOf = (policy) => policy.commits.at(-1).version;
const editionOf = (policy) => `${versionOf(policy)}.${policy.stamp}`;
const documentOf = (policy, staged) => (staged ? policy.staged ?? policy.live : policy.live);

/** The body of a change, its edition checked. */
async function bodyOf(policy, request) {
    const body = await request.json();
    if (body.edition !== editionOf(policy)) {
        const seen = policy.seen.get(body.edition);
        throw problem(409, 'outdated', { edition: editionOf(policy), difference: seen ? differenceOf(seen, documentOf(policy, true)) : '' });
    }
    return body;
}

/** Remembers what each edition looked like, so that "outdated" can tell what others did. */
function note(policy) {
    policy.seen ??= new Map();
    policy.seen.set(editionOf(policy), documentOf(policy, true));
}

function stage(policy, request, document) {
    const sorted = sortGroups(document);
    const is_same = changesOf(documentOf(policy, true), sorted).length === 0;
    if (is_same) return 'unchanged';
    const leads_back = changesOf(policy.live, sorted).length === 0;
    policy.staged = leads_back ? null : sorted;
    policy.stamp = leads_back ? '0' : String((policy.clock += 1));
    Object.assign(policy, { author: administratorOf(request).name, time: new Date().toISOString() });
    note(policy);
    return 'staged';
}

const fault = (section, row, field, what, hint = '') => ({ line: 0, key: `${section}.${field}`, what, hint, section, row, field });

function checkValues(document, section, row, values) {
    const problems = [];
    for (const key of sections[section] ?? []) {
        const value = values[key.name];
        const is_empty = value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
        if (is_empty) {
            if (key.required) problems.push(fault(section, row, key.name, 'It must be given.', `Example: ${JSON.stringify(key.example)}`));
            continue;
        }
        const what = checkValue(key, value);
        if (what) problems.push(fault(section, row, key.name, what, `Example: ${JSON.stringify(key.example)}`));
    }
    for (const name of Object.keys(values)) {
        if (!(sections[section] ?? []).some((key) => key.name === name)) problems.push(fault(section, row, name, 'There is no such key.'));
    }
    if (section === 'sender_group' && values.policy && !findPolicy(document, values.policy)) problems.push(fault(section, row, 'policy', `There is no mail flow policy "${values.policy}".`));
    if (section === 'sender_group' && !listeners.some((one) => one.name === values.listener)) problems.push(fault(section, row, 'listener', 'There is no such listener.'));
    return problems;
}

function checkValue(key, value) {
    const texts = [value].flat();
    switch (key.type) {
        case 'number': return !Number.isInteger(value) ? 'A number is expected.' : value < (key.least ?? -Infinity) || value > (key.most ?? Infinity) ? `A number from ${key.least} to ${key.most} is expected.` : null;
        case 'flag': return typeof value === 'boolean' ? null : 'true or false is expected.';
        case 'size': return typeof value === 'number' || /^\d+[KMG]?$/i.test(value) ? null : 'A size such as "10M" is expected.';
        case 'duration': return typeof value === 'number' || /^\d+[smhdw]$/.test(value) ? null : 'A duration such as "15m" is expected.';
        case 'choice': return key.words.includes(value) ? null : `One of ${key.words.join(', ')} is expected.`;
        case 'choices': return texts.every((one) => key.words.includes(one)) ? null : `Some of ${key.words.join(', ')} are expected.`;
        case 'domain': return /^[^\s.@]+(\.[^\s.@]+)*$/.test(value) ? null : 'A domain name is expected.';
        default: return texts.every((one) => typeof one === 'string') ? null : 'Text is expected.';
    }
}

const most_verdicts = 1000;

/** Verdicts as they are answered: of many lines the refused ones first, with their numbers beside them. */
function listVerdicts(verdicts) {
    const count = (result) => verdicts.filter((one) => one.result === result).length;
    const is_refused = (one) => one.result === 'refused';
    const senders = verdicts.length > most_verdicts ? [...verdicts.filter(is_refused), ...verdicts.filter((one) => !is_refused(one))].slice(0, most_verdicts) : verdicts;
    return { senders, sender_counts: { ok: count('ok'), duplicate: count('duplicate'), refused: count('refused') } };
}

const refused = (problems, senders) => problem(422, 'refused', { problems: problems.slice(0, 200), problem_count: problems.length, ...(senders ? listVerdicts(senders) : {}) });

const steps = { put, remove, move, add_senders: addSenders, remove_senders: removeSenders };

function put(document, { section, row, values, before }) {
    if (!section_names.includes(section)) throw refused([fault(section, null, '', 'There is no such section.')]);
    const at = row === undefined || row === null ? -1 : findRow(document, section, row);
    if (row !== undefined && row !== null && at < 0) throw refused([fault(section, row, '', 'There is no such row any more.')]);
    const { senders: written, ...own } = values;
    const problems = checkValues(document, section, row ?? null, own);
    const rows = [...rowsOf(document, section)];
    const made = { ...(at < 0 ? {} : rows[at]), values: { ...own } };
    if (own.order !== undefined) made.is_unwritten = false;
    const id = idOf(section, made, at < 0 ? rows.length : at);
    const twin = findRow(document, section, id);
    if (twin >= 0 && twin !== at && sections[section].some((key) => key.name === 'name' || key.name === 'listener')) problems.push(fault(section, row ?? null, section === 'listener_defaults' ? 'listener' : 'name', `"${id}" exists already.`));
    if (problems.length) throw refused(problems);
    if (section === 'sender_group') made.senders = written ? written.map(parseSender).filter((one) => !one.why) : rows[at]?.senders ?? [];
    const was = at >= 0 ? rows[at] : null;
    if (at >= 0) rows.splice(at, 1);
    const rest = { ...document, [section]: rows };
    if (section === 'sender_group') {
        made.values.order ??= was?.values.order ?? Math.max(0, ...groupsOf(rest, own.listener).map((one) => one.values.order)) + 1;
        return makeRoom(rest, made, was?.values.listener === own.listener ? was.values.order : 0, made.values.order);
    }
    const front = before === undefined || before === null ? -1 : findRow(rest, section, before);
    rows.splice(front >= 0 ? front : at >= 0 ? at : rows.length, 0, made);
    return was && was.values.name !== made.values.name ? followName(rest, section, was.values.name, made.values.name) : rest;
}

/** Section → where its rows are named, and what stands in front of the name there. */
const senders_of = (section) => [[section, 'tls_mandatory_senders', 'list:'], [section, 'sender_limit_exempt', 'list:']];
const references = {
    mail_flow_policy: [['sender_group', 'policy', '']],
    bounce_profile: [['mail_flow_policy', 'bounce_profile', ''], ['listener_defaults', 'bounce_profile', ''], ['destination', 'bounce_profile', '']],
    encryption_profile: [['encryption_rule', 'profile', '']],
    address_list: [...senders_of('mail_flow_policy'), ...senders_of('listener_defaults'), ['exception', 'address', 'list:'], ['encryption_rule', 'sender', 'list:'], ['encryption_rule', 'recipient', 'list:']],
};

/** What named a row that has another name now goes on naming it. */
function followName(document, named, from, to) {
    const renamed = (value, prefix) => (Array.isArray(value) ? value.map((one) => renamed(one, prefix)) : value === prefix + from ? prefix + to : value);
    const names = (value, prefix) => [value].flat().includes(prefix + from);
    return (references[named] ?? []).reduce((all, [section, key, prefix]) => ({
        ...all, [section]: rowsOf(all, section).map((row) => (names(row.values[key], prefix) ? { ...row, values: { ...row.values, [key]: renamed(row.values[key], prefix) } } : row)),
    }), document);
}

function remove(document, { section, row }) {
    const at = findRow(document, section, row);
    if (at < 0) throw refused([fault(section, row, '', 'There is no such row any more.')]);
    const users = section === 'mail_flow_policy' && !(row in predefined) ? rowsOf(document, 'sender_group').filter((one) => one.values.policy === row) : [];
    if (users.length) throw refused([fault(section, row, 'name', `Sender groups use it: ${users.map((one) => one.values.name).join(', ')}.`, 'Give them another policy first.')]);
    return { ...document, [section]: rowsOf(document, section).filter((_, index) => index !== at) };
}

function move(document, { section, row, to }) {
    const at = findRow(document, section, row);
    if (at < 0) throw refused([fault(section, row, '', 'There is no such row any more.')]);
    const rows = [...rowsOf(document, section)];
    const [moved] = rows.splice(at, 1);
    if (section === 'sender_group') return makeRoom({ ...document, [section]: rows }, moved, moved.values.order, to);
    rows.splice(to - 1, 0, moved);
    return { ...document, [section]: rows };
}

function replaceSenders(document, row, change) {
    const at = findRow(document, 'sender_group', row);
    if (at < 0) throw refused([fault('sender_group', row, '', 'There is no such row any more.')]);
    const rows = [...document.sender_group];
    rows[at] = { ...rows[at], senders: change(rows[at].senders) };
    return { ...document, sender_group: rows };
}

function addSenders(document, { row, text }, verdicts) {
    return replaceSenders(document, row, (senders) => {
        verdicts.push(...judgeLines(text, senders.map((one) => one.text)));
        const bad = verdicts.filter((one) => one.result === 'refused');
        if (bad.length) throw refused(bad.map((one) => ({
            ...fault('sender_group', row, 'senders', one.note, `line ${one.line} of what was pasted`),
            what_code: one.note_code, what_facts: one.note_facts, hint_code: 'pasted_line', hint_facts: { line: String(one.line) },
        })), verdicts);
        return [...senders, ...verdicts.filter((one) => one.result === 'ok').map((one) => ({ text: one.sender, comment: one.comment }))];
    });
}

function removeSenders(document, { row, senders: spellings }) {
    const gone = new Set(spellings.map((one) => parseSender(one).text));
    return replaceSenders(document, row, (senders) => senders.filter((one) => !gone.has(one.text)));
}

async function edit(policy, request) {
    const { changes } = await bodyOf(policy, request);
    let document = documentOf(policy, true);
    const verdicts = [];
    for (const change of changes) document = steps[change.do](document, change, verdicts);
    return staged(policy, request, document, verdicts);
}

function staged(policy, request, document, senders = []) {
    const result = stage(policy, request, document);
    return json(200, { edition: editionOf(policy), result, warnings: warningsOf(documentOf(policy, true)), ...listVerdicts(senders) });
}

function stateOf(policy) {
    const changes = policy.staged ? changesOf(policy.live, policy.staged) : [];
    const pending = policy.staged ? { author: policy.author, time: policy.time, base: versionOf(policy), changes: changes.slice(0, 200), count: changes.length } : null;
    return json(200, { edition: editionOf(policy), version: versionOf(policy), listeners, pending });
}

function sectionOf(policy, section, query) {
    if (!section_names.includes(section)) return problem(404, 'not-found');
    const document = documentOf(policy, query.get('staged') !== 'false');
    const listener = query.get('listener');
    const changed = new Map(policy.staged ? changesOf(policy.live, policy.staged).filter((one) => one.section === section).map((one) => [one.row, one.kind]) : []);
    const states = { added: 'added', changed: 'changed', moved: 'changed' };
    const rows = rowsOf(document, section).map((row, index) => {
        const id = idOf(section, row, index);
        const more = row.senders ? { order: row.values.order, sender_count: row.senders.length, first_senders: row.senders.slice(0, 5).map(({ text, comment }) => (comment ? `${text} (${comment})` : text)) } : {};
        return { id, line: index + 1, state: states[changed.get(id)] ?? 'same', values: writtenValues(row), predefined: false, ...more };
    }).filter((row) => !listener || !row.values.listener || [row.values.listener].flat().includes(listener));
    if (section === 'mail_flow_policy') rows.push(...Object.entries(predefined).filter(([name]) => !rows.some((row) => row.id === name)).map(([name, behavior]) => ({ id: name, line: null, state: 'same', values: { name, behavior }, predefined: true })));
    if (section === 'sender_group') rows.push(...listeners.filter(({ name }) => !listener || name === listener).map(({ name }) => ({ id: `${name}/ALL`, line: null, state: 'same', values: { name: 'ALL', listener: name, policy: allPolicyOf(name) }, predefined: true })));
    return json(200, { edition: editionOf(policy), keys: sections[section], rows, total: rows.length });
}

function sendersPage(policy, listener, name, query) {
    const group = groupsOf(documentOf(policy, true), listener).find((one) => one.values.name === name);
    if (!group) return problem(404, 'not-found');
    const find = (query.get('find') ?? '').trim().toLowerCase();
    const from = Math.max(1, Number(query.get('from') ?? 1));
    const most = Math.min(500, Number(query.get('most') ?? 100));
    const covering = isAddress(find) ? findSender(group.senders, find, undefined) : null;
    const found = find ? group.senders.filter((one) => one === covering || one.text.includes(find)) : group.senders;
    return json(200, { edition: editionOf(policy), senders: found.slice(from - 1, from - 1 + most), total: found.length, next: from - 1 + most < found.length ? from + most : null });
}

function findSenders(policy, query) {
    const text = (query.get('text') ?? '').trim().toLowerCase();
    const found = groupsOf(documentOf(policy, true), query.get('listener')).flatMap((group) => {
        const covering = isAddress(text) ? findSender(group.senders, text, undefined) : null;
        return group.senders.filter((one) => one === covering || one.text.includes(text))
            .map((one) => ({ group: group.values.name, listener: group.values.listener, order: group.values.order, policy: group.values.policy ?? null, sender: one.text, comment: one.comment }));
    });
    return json(200, { edition: editionOf(policy), found: found.slice(0, 200), total: found.length });
}

function changesCall(policy, query) {
    const find = (version) => policy.commits.find((one) => one.version === Number(version))?.document ?? {};
    const [before, after] = query.has('to') ? [find(query.get('from') ?? Number(query.get('to')) - 1), find(query.get('to'))] : [policy.live, documentOf(policy, true)];
    const changes = changesOf(before, after);
    return json(200, { changes: changes.slice(0, 200), count: changes.length, difference: differenceOf(before, after) });
}

function historyOf(policy, query) {
    const before = Number(query.get('before') ?? Infinity);
    const most = Number(query.get('most') ?? 20);
    const rows = policy.commits.filter((one) => one.version < before).reverse().map(({ document, ...row }) => row);
    return json(200, { commits: rows.slice(0, most), next: rows.length > most ? rows[most - 1].version : null });
}

function makeLive(policy, request, document, comment) {
    policy.commits.push({ version: versionOf(policy) + 1, time: new Date().toISOString(), author: administratorOf(request).name, comment, document });
    Object.assign(policy, { live: document, staged: null, stamp: '0' });
    note(policy);
    return json(200, { version: versionOf(policy), edition: editionOf(policy) });
}

async function commit(policy, request) {
    const { comment } = await bodyOf(policy, request);
    return policy.staged ? makeLive(policy, request, policy.staged, comment ?? '') : problem(409, 'nothing-staged');
}

async function rollback(policy, request) {
    const { version } = await bodyOf(policy, request);
    const target = policy.commits.find((one) => one.version === version);
    if (!target) return problem(404, 'not-found');
    if (policy.staged) return problem(409, 'something-staged');
    if (changesOf(policy.live, target.document).length === 0) return problem(409, 'nothing-to-do');
    return makeLive(policy, request, target.document, `Rollback to version ${version}`);
}

async function discard(policy, request) {
    await bodyOf(policy, request);
    Object.assign(policy, { staged: null, stamp: '0' });
    note(policy);
    return json(200, { edition: editionOf(policy) });
}

const res_senders = ['.res.cisco.com', '.cres.iphmx.com', '208.90.57.0/26 (current range)', '204.15.81.0/26 (old range)'];

async function preset(policy, request) {
    const { name, listener = 'public' } = await bodyOf(policy, request);
    if (name !== 'cisco-res') return problem(404, 'not-found');
    let document = put(documentOf(policy, true), { section: 'mail_flow_policy', values: { name: 'TLS_REQUIRED', behavior: 'accept', tls: 'required' } });
    document = put(document, { section: 'sender_group', values: { name: 'CRES', listener, order: 1, policy: 'TLS_REQUIRED', comment: 'secure replies', senders: res_senders } });
    return staged(policy, request, document);
}

async function importText(policy, request) {
    const { format, text } = await bodyOf(policy, request);
    const { document, problems } = parseDocument(text);
    if (format !== 'toml') problems.push({ line: 1, key: '', what: 'The mock reads TOML only.', hint: '', section: null, row: null, field: null });
    if (problems.length) return refused(problems);
    return staged(policy, request, document);
}

async function checkSenders(policy, request) {
    const { row, text } = await request.json();
    const at = row ? findRow(documentOf(policy, true), 'sender_group', row) : -1;
    const present = at < 0 ? [] : rowsOf(documentOf(policy, true), 'sender_group')[at].senders.map((one) => one.text);
    return json(200, listVerdicts(judgeLines(text, present)));
}

async function hatCheck(policy, request) {
    const question = await request.json();
    const document = documentOf(policy, question.staged);
    const met = meetHost(document, question.listener, question);
    return json(200, { ...question, ...met, ...parametersOf(document, question.listener, met.policy) });
}

export function policyRoutes(world) {
    const policy = (world.policy = makePolicy());
    note(policy);
    const call = (method, path, run) => [method, new RegExp(`^/api/v1/policy/${path}$`), async (request) => {
        const who = administratorOf(request);
        if (!who.name) return problem(401, 'not-signed-in');
        if (!who.areas.includes('mail_policies')) return problem(403, 'not-allowed');
        return run(request, request.url.searchParams);
    }];
    return [
        call('GET', 'state', () => stateOf(policy)),
        call('GET', 'sections/(\\w+)', ({ params }, query) => sectionOf(policy, params[0], query)),
        call('GET', 'parameters', (_, query) => json(200, parametersOf(documentOf(policy, true), query.get('listener'), query.get('policy')))),
        call('GET', 'sender-groups/([^/]+)/([^/]+)/senders', ({ params }, query) => sendersPage(policy, params[0], params[1], query)),
        call('GET', 'find-senders', (_, query) => findSenders(policy, query)),
        call('GET', 'changes', (_, query) => changesCall(policy, query)),
        call('GET', 'history', (_, query) => historyOf(policy, query)),
        call('GET', 'export', (_, query) => new Answer(200, formatDocument(documentOf(policy, query.get('staged') !== 'false')), { 'Content-Type': 'text/plain; charset=utf-8' })),
        call('GET', 'warnings', () => json(200, { warnings: warningsOf(documentOf(policy, true)), pending: policy.staged !== null })),
        call('GET', 'preview', (_, query) => json(200, previewOf(policy.live, documentOf(policy, true), Number(query.get('last') ?? 10000)))),
        call('POST', 'edit', (request) => edit(policy, request)),
        call('POST', 'check-senders', (request) => checkSenders(policy, request)),
        call('POST', 'preset', (request) => preset(policy, request)),
        call('POST', 'import', (request) => importText(policy, request)),
        call('POST', 'discard', (request) => discard(policy, request)),
        call('POST', 'commit', (request) => commit(policy, request)),
        call('POST', 'rollback', (request) => rollback(policy, request)),
        call('POST', 'hat-check', (request) => hatCheck(policy, request)),
        call('POST', 'trace', async (request) => {
            const question = await request.json();
            return json(200, traceOf(documentOf(policy, question.staged), question));
        }),
    ];
}
