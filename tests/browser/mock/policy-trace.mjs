// What `sealpost trace` would say, in little: every stage in the order of the pipeline, some facts of each.
import { findPolicy, meetHost, parametersOf } from './policy-decide.mjs';
import { groupsOf, rowsOf } from './policy-document.mjs';

const fact = (name, value, from) => (from ? { name, value: String(value), from } : { name, value: String(value) });
const domainOf = (address) => address.slice(address.lastIndexOf('@') + 1);
const listOf = (value) => [value ?? []].flat();
const covers = (pattern, address) => pattern === 'ALL' || pattern === address || pattern === domainOf(address) || pattern === `@${domainOf(address)}`
    || (pattern.startsWith('.') && domainOf(address).endsWith(pattern)) || (pattern.endsWith('@') && address.startsWith(pattern));

/** While the lookup fails, a host name that stands before the deciding group leaves the matter open. */
function isUndecided(document, question, met) {
    if (question.host_state !== 'temporary') return false;
    const groups = groupsOf(document, question.listener);
    const before = met.order === null ? groups : groups.filter((group) => group.values.order < met.order);
    return before.some((group) => group.senders.some((sender) => /[a-z]/.test(sender.text) && sender.text !== 'ALL'));
}

function recipientSteps(document, question, behavior) {
    const verdicts = question.rcpt_to.map((address) => {
        const row = rowsOf(document, 'recipient').find((one) => listOf(one.values.address).some((pattern) => covers(pattern, address)));
        const is_taken = behavior === 'relay' || (row && row.values.action !== 'reject');
        return is_taken ? { address, outcome: 'accepted' } : { address, outcome: 'refused', reply: `${row?.values.code ?? 550} 5.7.1 ${row?.values.text ?? 'Relaying denied'}` };
    });
    const all = verdicts.every((one) => one.outcome === 'accepted');
    return { verdicts, step: { stage: 'recipient', title: 'Recipient access table', verdict: behavior === 'relay' ? 'skipped' : all ? 'accepted' : 'refused', facts: verdicts.map((one) => fact(one.address, one.outcome)), ...(all ? {} : { reply: verdicts.find((one) => one.reply).reply }) } };
}

function deliverySteps(document, address) {
    const find = (section) => rowsOf(document, section).find((one) => listOf(one.values.domain).some((pattern) => covers(pattern, address)))?.values;
    const route = find('route');
    const destination = find('destination');
    return [
        { stage: 'route', title: 'SMTP routes', verdict: route ? 'hosts' : 'mx', facts: [fact('recipient', address), fact('hosts', route ? listOf(route.hosts).join(', ') : `MX ${domainOf(address)}`)] },
        { stage: 'destination', title: 'Destination controls', verdict: destination ? 'matched' : 'default', facts: [fact('domain', destination ? listOf(destination.domain).join(', ') : 'ALL'), fact('tls', destination?.tls ?? 'preferred')] },
    ];
}

/** What is said of lists; the mock asks nobody. */
function hostSteps(question) {
    const stepOf = (zone, weight) => ({ stage: 'host_facts', title: `DNS list ${zone}`, verdict: weight, facts: [fact('source', zone), fact('counts_as', weight, 'given')] });
    return [...(question.listed ?? []).map((zone) => stepOf(zone, 'listed')), ...(question.not_listed ?? []).map((zone) => stepOf(zone, 'not listed'))];
}

const resultOf = (verdict) => ({ refused: 'refused', reject: 'refused', undecided: 'undecided', skipped: 'skipped', not_asked: 'skipped' })[verdict] ?? 'ok';

export function traceOf(document, question) {
    const answer = decide(document, question);
    for (const step of answer.steps) step.result = resultOf(step.verdict);
    return answer;
}

function decide(document, question) {
    const met = meetHost(document, question.listener, question);
    const steps = hostSteps(question);
    const end = (outcome, stage, title, verdict, reply, facts = []) => {
        steps.push({ stage, title, verdict, facts, reply });
        return { steps, outcome, recipients: question.rcpt_to.map((address) => ({ address, outcome: outcome === 'undecided' ? 'deferred' : 'refused', reply })) };
    };
    if (isUndecided(document, question, met)) return end('undecided', 'host_access_table', 'Host access table', 'undecided', '421 4.4.3 Your host name cannot be looked up at the moment', [fact('host_state', 'temporary')]);
    const { behavior, parameters } = parametersOf(document, question.listener, met.policy);
    const value = (name) => parameters.find((one) => one.name === name)?.value;
    steps.push({ stage: 'host_access_table', title: 'Host access table', verdict: 'matched', facts: [fact('sender_group', met.group), fact('matched', met.sender)] });
    const shown = parameters.map((one) => fact(one.name, one.value ?? '', one.from));
    if (behavior === 'reject') return end('refused', 'mail_flow_policy', 'Mail flow policy', 'reject', `${value('reject_code')} ${value('reject_text')}`, shown);
    steps.push({ stage: 'mail_flow_policy', title: 'Mail flow policy', verdict: findPolicy(document, met.policy).values.behavior ?? 'accept', facts: shown });
    if (value('tls') === 'required' && !question.tls) return end('refused', 'envelope_sender', 'Envelope sender', 'refused', '530 5.7.0 Must issue a STARTTLS command first', [fact('mail_from', question.mail_from || '<>')]);
    steps.push({ stage: 'envelope_sender', title: 'Envelope sender', verdict: 'accepted', facts: [fact('mail_from', question.mail_from || '<>')] });
    const { verdicts, step } = recipientSteps(document, question, behavior);
    steps.push(step);
    const taken = verdicts.find((one) => one.outcome === 'accepted');
    if (taken) steps.push({ stage: 'authentication', title: 'Sender authentication', verdict: question.ask_dns ? 'pass' : 'not_asked', facts: [] }, ...deliverySteps(document, taken.address));
    return { steps, outcome: taken ? 'accepted' : 'refused', recipients: verdicts };
}
