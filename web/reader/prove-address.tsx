// Proof of address: the address, then a code from the mail, or a password. A wrong entry keeps
// what was typed; reference words tie the page to the mail.

import { useState } from 'preact/hooks';
import { looksLikeAddress } from '../shared/mail/compose';
import { Heading, Notice } from '../shared/parts';
import { hasPasskeys, usesPasskeys } from '../shared/passkeys';
import type { Problem } from '../shared/problem';
import { describeProblem } from '../shared/tongue';
import { useCall, waiting } from '../shared/use-call';
import { needsPassword } from './assurance';
import type { Assurance, CodeChallenge, Session } from './api';
import { CodeForm } from './code-form';
import { service, useReader } from './context';
import { PasskeyButton } from './second-factor';

/** For who was at work when the session ended: their address, why they are asked again, and what follows. */
export interface Again {
    address: string;
    why: string;
    next: string;
}

/** Where no message waits: what is said instead. */
export interface OwnWords {
    title: string;
    lead: string;
    next: string;
    /** Without it, what the sender asks for. */
    needs_password?: string;
    /** Of the mail with the code. */
    code_sent?: (address: string) => string;
}

interface Props {
    /** Null where a message is begun. */
    envelope: string | null;
    add: boolean;
    /** What is asked for in the end: from "account" on it begins with the password. */
    assurance: Assurance;
    again?: Again;
    /** Of who is signed in already, and gives the password now. */
    address?: string;
    own?: OwnWords | undefined;
    /** Nothing stood in its place before: the focus stays at the beginning of the page. */
    is_first?: boolean;
    done(session: Session): void;
}

type Step = { at: 'address' } | { at: 'code'; challenge: CodeChallenge };

export function ProveAddress(props: Props) {
    const { words, language } = useReader();
    const [address, setAddress] = useState(props.again?.address ?? props.address ?? '');
    const [step, go] = useState<Step>({ at: 'address' });
    const needs_password = needsPassword(props.assurance);
    const [with_password, choosePassword] = useState(needs_password && !props.add);
    const [takes_focus, take] = useState(!props.is_first);

    async function sendCode(to: string) {
        const challenge = await service.requestCode(to, props.envelope, language);
        setAddress(to);
        go({ at: 'code', challenge });
    }

    if (step.at === 'code') {
        return (
            <CodeForm key={step.challenge.challenge} address={address} challenge={step.challenge} add={props.add} next={props.again?.next ?? props.own?.next ?? words.code_submit} sent={props.own?.code_sent}
                done={props.done} again={() => sendCode(address)} other={() => { take(true); go({ at: 'address' }); }} />
        );
    }
    return <AddressForm address={address} add={props.add} is_known={props.address !== undefined} takes_focus={takes_focus} with_password={with_password} assurance={props.assurance} again={props.again} own={props.own}
        choose={choosePassword} send={sendCode} done={props.done} />;
}

interface AddressProps {
    address: string;
    add: boolean;
    /** By a code already, which would only lead here once more. */
    is_known: boolean;
    takes_focus: boolean;
    with_password: boolean;
    assurance: Assurance;
    again: Props['again'];
    own: Props['own'];
    choose(with_password: boolean): void;
    send(address: string): Promise<void>;
    done(session: Session): void;
}

function AddressForm(props: AddressProps) {
    const { words, security, shared } = useReader();
    const [address, setAddress] = useState(props.address);
    const [password, setPassword] = useState('');
    const [bad_address, blame] = useState(false);
    const [no_password, missPassword] = useState(false);
    const { busy, problem, call, forget } = useCall();
    const needs_password = needsPassword(props.assurance);
    // They signed in before, or this is the first time.
    const may_be_new = needs_password && !props.is_known && !props.again && !props.add;
    // Where one was used before, it is the shortest way.
    const [first] = useState(() => !props.add && usesPasskeys());
    const last = !props.add && !first && hasPasskeys();

    async function submit(event: Event) {
        event.preventDefault();
        const clean = address.trim();
        const is_bad = !looksLikeAddress(clean);
        const lacks_password = props.with_password && password === '';
        blame(is_bad);
        missPassword(lacks_password);
        if (is_bad || lacks_password) return forget();
        await call(async () => {
            if (props.with_password) props.done(await service.signInWithPassword(clean, password));
            else await props.send(clean);
        });
    }

    /** What one form said is not true of the other. */
    function choose() {
        forget();
        blame(false);
        missPassword(false);
        props.choose(!props.with_password);
    }

    function describe(found: Problem): string {
        if (found.kind !== 'wrong-password') return describeProblem(found, shared);
        return props.is_known || props.again ? words.password_wrong : `${words.password_wrong} ${words.password_wrong_new}`;
    }

    const needed = props.own?.needs_password ?? (props.assurance === 'strong' ? words.strong_needed : words.password_needed);

    return (
        <article data-part="prove">
            <Heading level={2} focus={props.takes_focus}>{props.with_password ? words.password_title : props.own?.title ?? words.prove_title}</Heading>
            {props.again && <Notice kind="warn"><p>{props.again.why}</p></Notice>}
            {needs_password && (
                <Notice kind="info">
                    <p>{needed}</p>
                    {may_be_new && <p data-part="first-time">{props.with_password ? words.first_time : words.first_time_by_code}</p>}
                </Notice>
            )}
            {!props.with_password && <p>{props.own?.lead ?? (props.add ? words.prove_other_lead : words.prove_lead)}</p>}
            {first && <PasskeyButton label={security.sign_in_with_passkey} done={props.done} />}
            <form onSubmit={submit} noValidate>
                <label for="address">{words.address}</label>
                <input id="address" name="address" type="email" autocomplete="email" inputmode="email" spellcheck={false} required value={address}
                    aria-invalid={bad_address ? 'true' : undefined} aria-describedby={bad_address ? 'address-bad' : undefined}
                    onInput={(event) => setAddress(event.currentTarget.value)} />
                {bad_address && <small id="address-bad" role="alert">{words.address_bad}</small>}
                {props.with_password && (
                    <>
                        <label for="password">{words.password}</label>
                        <input id="password" name="password" type="password" autocomplete="current-password" required value={password}
                            aria-invalid={no_password ? 'true' : undefined} aria-describedby={no_password ? 'password-bad' : undefined}
                            onInput={(event) => setPassword(event.currentTarget.value)} />
                        {no_password && <small id="password-bad" role="alert">{words.password_missing}</small>}
                    </>
                )}
                {problem && <Notice kind="bad"><p>{describe(problem)}</p></Notice>}
                <div class="row">
                    <button type="submit" {...waiting(busy)}>{busy ? words.sending : props.with_password ? props.again?.next ?? props.own?.next ?? words.password_submit : words.send_code}</button>
                    {!props.add && !props.is_known && (
                        <button type="button" class="plain" data-action="other-way" onClick={choose}>
                            {props.with_password ? words.use_code : words.use_password}
                        </button>
                    )}
                </div>
            </form>
            {props.is_known && <p class="quiet small" data-part="forgotten">{words.password_forgotten}</p>}
            {last && <PasskeyButton plain label={security.sign_in_with_passkey} done={props.done} />}
        </article>
    );
}
