// Setting up a second factor: a passkey, or an authenticator app; and the recovery codes that go with either.

import { useState } from 'preact/hooks';
import { withColon } from '../shared/french';
import { CopyButton, Notice, Told, useFocus } from '../shared/parts';
import { hasPasskeys } from '../shared/passkeys';
import type { Problem } from '../shared/problem';
import { describeProblem } from '../shared/tongue';
import { keepFocus, useCall, waiting } from '../shared/use-call';
import type { Session } from './api';
import { service, useReader } from './context';
import { usePasskeyProblem } from './passkey-problem';
import { QrCode } from './qr-code';
import { AppCodeInput } from './second-factor';

export function AddPasskey(props: { outline?: boolean; done(session: Session): void }) {
    const { words, security } = useReader();
    const { busy, problem, call } = useCall();
    const describe = usePasskeyProblem();
    const [name, setName] = useState('');
    if (!hasPasskeys()) return <p class="quiet">{security.no_support}</p>;

    async function submit(event: Event) {
        event.preventDefault();
        await call(async () => {
            const session = await service.addPasskey(name.trim() || security.passkey_default);
            setName('');
            props.done(session);
        });
    }
    return (
        <form onSubmit={submit} data-part="add-passkey">
            <label for="passkey-name">{security.passkey_name}</label>
            <input id="passkey-name" type="text" maxLength={60} autocomplete="off" value={name} placeholder={security.passkey_default} aria-describedby="passkey-hint"
                onInput={(event) => setName(event.currentTarget.value)} />
            <small id="passkey-hint">{security.passkey_name_hint}</small>
            {problem && <Notice kind="bad"><p>{describe(problem)}</p></Notice>}
            <div class="row"><button type="submit" class={props.outline ? 'outline' : undefined} {...waiting(busy)}>{busy ? words.sending : security.add_passkey}</button></div>
        </form>
    );
}

/** Groups of four, as people type it. */
const groupsOf = (secret: string) => secret.match(/.{1,4}/g)?.join(' ') ?? secret;

export function AddApp(props: { label: string; outline?: boolean; done(session: Session): void }) {
    const { words, security, shared, language } = useReader();
    const { busy, problem, call } = useCall();
    const [offer, show] = useState<{ secret: string; uri: string } | null>(null);
    const [code, setCode] = useState('');
    const [short, blame] = useState(false);
    const [was_open, note] = useState(false);

    const begin = () => call(async () => {
        show(await service.beginTotp());
        setCode('');
        note(true);
    });

    async function submit(event: Event) {
        event.preventDefault();
        blame(code.length !== 6);
        if (code.length !== 6) return;
        await call(async () => {
            const session = await service.confirmTotp(code);
            show(null);
            props.done(session);
        });
    }

    function describe(found: Problem): string {
        if (found.kind === 'wrong-code') return security.app_code_wrong;
        return found.kind === 'expired-code' ? security.app_expired : describeProblem(found, shared);
    }

    const trouble = problem && <Notice kind="bad"><p>{describe(problem)}</p></Notice>;
    if (!offer) {
        return (
            <>
                {trouble}
                <div class="row"><BeginButton label={busy ? words.sending : props.label} outline={props.outline === true} focus={was_open} busy={busy} begin={begin} /></div>
            </>
        );
    }
    return (
        <form onSubmit={submit} noValidate data-part="set-up-app">
            <Told text={security.app_scan} />
            <QrCode text={offer.uri} label={security.app_qr} />
            <p class="spread"><span>{withColon(security.app_key, language)} <code data-part="app-key">{groupsOf(offer.secret)}</code></span><CopyButton text={offer.secret} label={security.app_key} /></p>
            <p class="small"><a href={offer.uri} data-part="app-uri">{security.app_open}</a></p>
            <p>{security.app_then}</p>
            <label for="app-code">{security.app_code}</label>
            <AppCodeInput id="app-code" value={code} change={setCode} bad={short || problem?.kind === 'wrong-code'} note={short} />
            {trouble}
            <div class="row">
                <button type="submit" {...waiting(busy)}>{busy ? words.sending : security.app_code_next}</button>
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

/** The codes are shown once; who has kept them says so. */
export function RecoveryCodes(props: { label: string; question?: string; outline?: boolean; skip?: () => void; done(): void }) {
    const { words, security, shared } = useReader();
    const { busy, problem, call } = useCall();
    const [codes, show] = useState<string[] | null>(null);
    const make = () => {
        if (!props.question || confirm(props.question)) void call(async () => show(await service.makeRecoveryCodes()));
    };
    if (!codes) {
        return (
            <>
                {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
                <div class="row"><button type="button" class={props.outline ? 'outline' : undefined} data-action="make-recovery" {...waiting(busy)} onClick={make}>{busy ? words.sending : props.label}</button></div>
                {props.skip && <p><button type="button" class="plain" data-action="skip-codes" onClick={props.skip}>{security.skip_codes}</button></p>}
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
            <Notice kind="warn" focus><p>{security.recovery_new}</p></Notice>
            <ul class="codes">{codes.map((code) => <li key={code}><code>{code}</code></li>)}</ul>
            <div class="row">
                <CopyButton text={codes.join('\n')} label={security.recovery} />
                <button type="button" data-action="kept" onClick={keep}>{security.recovery_kept}</button>
            </div>
        </div>
    );
}
