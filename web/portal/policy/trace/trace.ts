// A question to Trace as its form holds it: what is wrong with it, the call and the command that it becomes, and
// which facts of an answer are worth a look first.

import { looksLikeAddress } from '../../spf';
import type { HostState, TraceQuestion, TraceStep } from '../api';
import { linesOf } from '../fields';

export interface TraceForm {
    listener: string;
    ip: string;
    host: string;
    host_state: HostState;
    listed: string;
    not_listed: string;
    country: string;
    reputation: string;
    helo: string;
    mail_from: string;
    rcpt_to: string;
    message: string;
    tls: boolean;
    user: string;
    ask_dns: boolean;
    staged: boolean;
}

export const empty_form: TraceForm = {
    listener: '', ip: '', host: '', host_state: 'verified', listed: '', not_listed: '', country: '', reputation: '', helo: '', mail_from: '', rcpt_to: '', message: '',
    tls: true, user: '', ask_dns: false, staged: true,
};

export type TraceField = keyof TraceForm;

/** That there is no such value, rather than that it is to be asked. */
function saysNone(text: string): boolean {
    return text.trim().toLowerCase() === 'none';
}

/** Fields that cannot be asked as they are, in the order of the form. */
export function findTraceFaults(form: TraceForm): TraceField[] {
    const is_sender = (text: string) => text === '' || text === '<>' || /^[^\s@]+(@[^\s@]+)?$/.test(text);
    const recipients = linesOf(form.rcpt_to);
    const bad: [TraceField, boolean][] = [
        ['listener', form.listener === ''],
        ['ip', !looksLikeAddress(form.ip.trim())],
        ['host', form.host.trim() !== '' && !/^[a-z0-9_.-]+$/i.test(form.host.trim())],
        ['country', form.country.trim() !== '' && !saysNone(form.country) && !/^[a-z]{2}$/i.test(form.country.trim())],
        ['reputation', form.reputation.trim() !== '' && !saysNone(form.reputation) && !(Math.abs(Number(form.reputation)) <= 10)],
        ['not_listed', linesOf(form.not_listed).some((zone) => linesOf(form.listed).some((one) => one.toLowerCase() === zone.toLowerCase()))],
        ['mail_from', !is_sender(form.mail_from.trim())],
        ['rcpt_to', recipients.length === 0 || !recipients.every((one) => is_sender(one) && one !== '<>')],
    ];
    return bad.filter(([, is_bad]) => is_bad).map(([field]) => field);
}

/** Without a name DNS is asked for it, where it may be; else the lookup can only have found none, or failed. */
function stateOf(form: TraceForm): { host_state?: HostState } {
    if (form.host.trim() !== '' || form.host_state !== 'verified') return { host_state: form.host_state };
    return form.ask_dns ? {} : { host_state: 'none' };
}

/** Facts that were left empty are left out: the gateway then asks, where the policy does and DNS may be asked. */
export function makeQuestion(form: TraceForm): TraceQuestion {
    const text = (name: 'host' | 'helo' | 'user' | 'message') => (form[name].trim() === '' ? {} : { [name]: name === 'message' ? form.message : form[name].trim() });
    const listed = linesOf(form.listed);
    const not_listed = linesOf(form.not_listed);
    return {
        listener: form.listener, ip: form.ip.trim(), ...text('host'), ...stateOf(form),
        ...(listed.length > 0 && { listed }),
        ...(not_listed.length > 0 && { not_listed }),
        ...(form.country.trim() && { country: saysNone(form.country) ? 'none' : form.country.trim().toUpperCase() }),
        ...(form.reputation.trim() && { reputation: saysNone(form.reputation) ? 'none' as const : Number(form.reputation) }),
        ...text('helo'), mail_from: form.mail_from.trim().replace(/^<(.*)>$/, '$1'), rcpt_to: linesOf(form.rcpt_to), ...text('message'),
        tls: form.tls, ...text('user'), ask_dns: form.ask_dns, staged: form.staged,
    };
}

function quote(text: string): string {
    return /^[\w.@:+=/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export function traceCommand(question: TraceQuestion): string {
    const words = ['sealpost trace', '--listener', quote(question.listener), '--ip', quote(question.ip)];
    const add = (name: string, value: string | number | undefined) => value !== undefined && words.push(`--${name}`, quote(String(value)));
    // A name that is not verified counts for nothing, and the command takes one of the two.
    if (question.host_state && question.host_state !== 'verified') add('host-failure', question.host_state);
    else add('host', question.host);
    for (const zone of question.listed ?? []) add('listed', zone);
    for (const zone of question.not_listed ?? []) add('not-listed', zone);
    add('country', question.country);
    add('reputation', question.reputation);
    add('helo', question.helo);
    add('mail-from', question.mail_from);
    for (const address of question.rcpt_to) add('rcpt-to', address);
    if (question.tls) words.push('--tls');
    add('user', question.user);
    if (!question.ask_dns) words.push('--no-dns');
    if (question.staged) words.push('--pending');
    words.push(question.message === undefined ? '</dev/null' : '< message.eml');
    return words.join(' ');
}

export type Fact = TraceStep['facts'][number];

/** Built-in defaults are many and seldom the reason: they come behind the others, folded. */
export function splitFacts(facts: readonly Fact[]): { first: Fact[]; defaults: Fact[] } {
    const is_default = (fact: Fact) => fact.from === 'default';
    return { first: facts.filter((fact) => !is_default(fact)), defaults: facts.filter(is_default) };
}

export type Tone = 'good' | 'warn' | 'bad' | '';

const tones: Readonly<Record<string, Tone>> = { ok: 'good', accepted: 'good', refused: 'bad', undecided: 'warn', deferred: 'warn' };

export function toneOf(verdict: string): Tone {
    return Object.hasOwn(tones, verdict) ? (tones[verdict] ?? '') : '';
}
