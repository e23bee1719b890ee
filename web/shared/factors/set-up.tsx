// Setting up an authenticator app, and the recovery codes that go with it: of persons and of administrators.

import { useState } from 'preact/hooks';
import { withColon } from '../french';
import { formatDate, type Language } from '../language';
import { CopyButton, Notice, Told, useFocus } from '../parts';
import type { Problem } from '../problem';
import { describeProblem, useTongue } from '../tongue';
import { keepFocus, useCall, waiting } from '../use-call';
import { AppCodeInput } from './code-form';
import { QrCode } from './qr-code';
import { factor_words } from './words';

/** Groups of four, as people type it. */
export const groupsOf = (secret: string) => secret.match(/.{1,4}/g)?.join(' ') ?? secret;

interface Offer {
    secret: string;
    uri: string;
}

interface AddAppProps<Session> {
    label: string;
    outline?: boolean;
    begin(): Promise<Offer>;
    confirm(code: string): Promise<Session>;
    done(session: Session): void;
}

export function AddApp<Session>(props: AddAppProps<Session>) {
    const { shared, language } = useTongue();
    const words = factor_words[language];
    const { busy, problem, call } = useCall();
    const [offer, show] = useState<Offer | null>(null);
    const [code, setCode] = useState('');
    const [short, blame] = useState(false);
    const [was_open, note] = useState(false);

    const begin = () => call(async () => {
        show(await props.begin());
        setCode('');
        note(true);
    });

    async function submit(event: Event) {
        event.preventDefault();
        blame(code.length !== 6);
        if (code.length !== 6) return;
        await call(async () => {
            const session = await props.confirm(code);
            show(null);
            props.done(session);
        });
    }

    function describe(found: Problem): string {
        if (found.kind === 'wrong-code') return words.app_code_wrong;
        return found.kind === 'expired-code' ? words.app_expired : describeProblem(found, shared);
    }

    const trouble = problem && <Notice kind="bad"><p>{describe(problem)}</p></Notice>;
    if (!offer) {
        return (
            <>
                {trouble}
                <div class="row"><BeginButton label={busy ? words.waiting : props.label} outline={props.outline === true} focus={was_open} busy={busy} begin={begin} /></div>
            </>
        );
    }
    return (
        <form onSubmit={submit} noValidate data-part="set-up-app">
            <Told text={words.app_scan} />
            <QrCode text={offer.uri} label={words.app_qr} />
            <p class="spread"><span>{withColon(words.app_key, language)} <code data-part="app-key">{groupsOf(offer.secret)}</code></span><CopyButton text={offer.secret} label={words.app_key} /></p>
            <p class="small"><a href={offer.uri} data-part="app-uri">{words.app_open}</a></p>
            <p>{words.app_then}</p>
            <label for="app-code">{words.app_code}</label>
            <AppCodeInput id="app-code" value={code} change={setCode} bad={short || problem?.kind === 'wrong-code'} note={short} />
            {trouble}
            <div class="row">
                <button type="submit" {...waiting(busy)}>{busy ? words.waiting : words.app_code_next}</button>
                <button type="button" class="outline secondary" {...waiting(busy)} onClick={() => show(null)}>{shared.cancel}</button>
            </div>
        </form>
    );
}

/** `focus`: once what stood in its place is put away again. */
function BeginButton(props: { label: string; outline: boolean; focus: boolean; busy: boolean; begin(): void }) {
    const own = useFocus<HTMLButtonElement>(props.focus);
    return <button ref={own} type="button" class={props.outline ? 'outline' : undefined} data-action="begin-app" {...waiting(props.busy)} onClick={props.begin}>{props.label}</button>;
}

interface RecoveryCodesProps {
    label: string;
    question?: string;
    outline?: boolean;
    skip?: { label: string; run(): void };
    make(): Promise<string[]>;
    done(): void;
}

/** The codes are shown once; who has kept them says so. */
export function RecoveryCodes(props: RecoveryCodesProps) {
    const { shared, language } = useTongue();
    const words = factor_words[language];
    const { busy, problem, call } = useCall();
    const [codes, show] = useState<string[] | null>(null);
    const make = () => {
        if (!props.question || confirm(props.question)) void call(async () => show(await props.make()));
    };
    if (!codes) {
        return (
            <>
                {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
                <div class="row"><button type="button" class={props.outline ? 'outline' : undefined} data-action="make-recovery" {...waiting(busy)} onClick={make}>{busy ? words.waiting : props.label}</button></div>
                {props.skip && <p><button type="button" class="plain" data-action="skip-codes" onClick={props.skip.run}>{props.skip.label}</button></p>}
            </>
        );
    }
    function keep() {
        const goOn = keepFocus();
        show(null);
        props.done();
        goOn();
    }
    return (
        <div data-part="recovery-codes">
            <Notice kind="warn" focus><p>{words.recovery_new}</p></Notice>
            <ul class="codes">{codes.map((code) => <li key={code}><code>{code}</code></li>)}</ul>
            <div class="row">
                <CopyButton text={codes.join('\n')} label={words.recovery} />
                <button type="button" class="compact outline" data-action="print" onClick={() => print()}>{words.print}</button>
                <button type="button" data-action="kept" onClick={keep}>{words.recovery_kept}</button>
            </div>
        </div>
    );
}

/** "added 3 March 2027, last used 5 March 2027" */
export function describeDays(one: { added_at: string; last_used_at: string | null }, language: Language): string {
    const words = factor_words[language];
    const day = (iso: string) => formatDate(iso, language);
    return [words.added(day(one.added_at)), ...(one.last_used_at ? [words.used(day(one.last_used_at))] : [])].join(', ');
}
