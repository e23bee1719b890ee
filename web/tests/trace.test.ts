import { expect, test } from 'vitest';
import { empty_form, findTraceFaults, makeQuestion, splitFacts, toneOf, traceCommand } from '../portal/policy/trace/trace';

const asked = { ...empty_form, listener: 'public', ip: ' 192.0.2.7 ', mail_from: '<anna@partner.test>', rcpt_to: 'bob@acme.test\n\n carl@acme.test ' };

test('an empty form says what it needs', () => {
    expect(findTraceFaults(empty_form)).toEqual(['listener', 'ip', 'rcpt_to']);
    expect(findTraceFaults(asked)).toEqual([]);
    expect(findTraceFaults({ ...asked, host: 'no name', mail_from: 'a b', country: 'FRA', reputation: '11' })).toEqual(['host', 'country', 'reputation', 'mail_from']);
    expect(findTraceFaults({ ...empty_form, listed: 'bl.test', not_listed: 'bl.test', country: 'FRA' }), 'in the order of the form').toEqual(['listener', 'ip', 'country', 'not_listed', 'rcpt_to']);
    expect(findTraceFaults({ ...asked, reputation: 'good' })).toEqual(['reputation']);
    expect(findTraceFaults({ ...asked, country: 'none', reputation: 'None' })).toEqual([]);
    expect(findTraceFaults({ ...asked, listed: 'a.test\nbl.test', not_listed: 'BL.test' })).toEqual(['not_listed']);
});
test('what was left empty is not asked', () => {
    expect(makeQuestion(asked)).toEqual({
        listener: 'public', ip: '192.0.2.7', host_state: 'none', mail_from: 'anna@partner.test', rcpt_to: ['bob@acme.test', 'carl@acme.test'], tls: true, ask_dns: false, staged: true,
    });
});
test('a simulated DNS state goes along with the name', () => {
    expect(makeQuestion({ ...asked, host: 'mx.partner.test', host_state: 'mismatch' })).toMatchObject({ host: 'mx.partner.test', host_state: 'mismatch' });
    expect(makeQuestion({ ...asked, host: 'mx.partner.test' }).host_state).toBe('verified');
    expect(makeQuestion({ ...asked, host_state: 'temporary' }).host_state).toBe('temporary');
});
test('a name that was left empty is for DNS to say, where DNS is asked', () => {
    expect(makeQuestion({ ...asked, ask_dns: true })).not.toHaveProperty('host_state');
    expect(makeQuestion({ ...asked, ask_dns: true, host_state: 'none' }).host_state).toBe('none');
    expect(makeQuestion({ ...asked, ask_dns: true, host: 'mx.partner.test' })).toMatchObject({ host: 'mx.partner.test', host_state: 'verified' });
});
test('a bounce has an empty sender, and the message stays as it is', () => {
    const question = makeQuestion({ ...asked, mail_from: '<>', message: ' Subject: x\n\nbody\n', listed: 'zen.test\n', country: 'fr', reputation: '-2.5' });
    expect(question).toMatchObject({ mail_from: '', message: ' Subject: x\n\nbody\n', listed: ['zen.test'], country: 'FR', reputation: -2.5 });
});
test('what is said not to be is not asked', () => {
    const question = makeQuestion({ ...asked, ask_dns: true, not_listed: 'bl.test\n', country: 'None', reputation: 'none' });
    expect(question).toMatchObject({ not_listed: ['bl.test'], country: 'none', reputation: 'none' });
    expect(question).not.toHaveProperty('listed');
    expect(traceCommand(question)).toContain('--not-listed bl.test --country none --reputation none');
});
test('the command asks the same', () => {
    expect(traceCommand(makeQuestion({ ...asked, host_state: 'temporary', user: "o'hara" }))).toBe(
        "sealpost trace --listener public --ip 192.0.2.7 --host-failure temporary --mail-from anna@partner.test --rcpt-to bob@acme.test --rcpt-to carl@acme.test --tls --user 'o'\\''hara' --no-dns --pending </dev/null");
    expect(traceCommand(makeQuestion({ ...asked, mail_from: '', tls: false, staged: false, rcpt_to: 'a@b.test' }))).toContain("--mail-from '' --rcpt-to a@b.test");
});
test('the command has a name or why there is none, never both', () => {
    const named = { ...asked, host: 'mx.partner.test' };
    expect(traceCommand(makeQuestion(named))).toContain('--ip 192.0.2.7 --host mx.partner.test --mail-from');
    expect(traceCommand(makeQuestion({ ...named, ask_dns: true }))).toContain('--host mx.partner.test');
    for (const host_state of ['none', 'temporary', 'mismatch'] as const) {
        const command = traceCommand(makeQuestion({ ...named, host_state }));
        expect(command).toContain(`--host-failure ${host_state} `);
        expect(command).not.toContain('--host ');
    }
});
test('what the policy itself says comes before built-in defaults', () => {
    const facts = [{ name: 'tls', value: 'required', from: 'policy' }, { name: 'auth', value: 'off', from: 'default' }, { name: 'spf', value: 'off', from: 'listener' }, { name: 'group', value: 'A' }];
    const { first, defaults } = splitFacts(facts);
    expect(first.map((one) => one.name)).toEqual(['tls', 'spf', 'group']);
    expect(defaults.map((one) => one.name)).toEqual(['auth']);
});
test('an unknown verdict has no colour', () => {
    expect([toneOf('accepted'), toneOf('refused'), toneOf('undecided'), toneOf('constructor'), toneOf('matched')]).toEqual(['good', 'bad', 'warn', '', '']);
});
