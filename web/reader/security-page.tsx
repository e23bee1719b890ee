// Sign-in and security: the person's addresses, passkeys, authenticator app and recovery codes. Whoever is signed in sees them;
// changes need the password, where there is one for addresses, and a second factor where there is one.

import { useState } from 'preact/hooks';
import { describeDays } from '../shared/factors/set-up';
import { Heading, LoadFailed, Notice, useFocus, Waiting } from '../shared/parts';
import { describeProblem } from '../shared/tongue';
import { useCall, waiting } from '../shared/use-call';
import { AddApp, AddPasskey, RecoveryCodes } from './add-factor';
import type { Factors, Passkey, Session } from './api';
import { hasFactor, mayChange } from './assurance';
import { service, useReader } from './context';
import { NoCookie } from './no-cookie';
import { OwnAddresses } from './own-addresses';
import { useOwnPlace } from './own-place';
import { ProveAddress } from './prove-address';
import { ComposeLink, SentLink, SignOut } from './signed-in';
import { StepUp } from './step-up';

export function SecurityPage() {
    const { words, security } = useReader();
    const { session, facts: factors, problem, has_no_cookie, load } = useOwnPlace(() => service.factors());

    if (has_no_cookie) return <NoCookie />;

    if (problem) return <LoadFailed problem={problem} retry={() => void load()} />;
    if (!session) return <Waiting text={security.loading} />;
    return (
        <>
            <Heading>{security.title}</Heading>
            <p>{security.lead}</p>
            {session.person && (
                <div class="row" data-part="own-session">
                    <span class="quiet small wrap">{words.signed_in_as(session.person.addresses.join(', '))}</span>
                    <ComposeLink here />
                    <SentLink />
                    <SignOut done={() => load()} />
                </div>
            )}
            <Gate session={session} done={load} />
            {factors && <OwnAddresses session={session} changed={() => load()} />}
            {factors && <FactorLists session={session} factors={factors} changed={load} />}
        </>
    );
}

/** What is missing before anything may be changed. */
function Gate(props: { session: Session; done(session: Session): void }) {
    const { security } = useReader();
    const { session } = props;
    const [is_first] = useState(session.person === null);
    if (mayChange(session)) return null;
    const prove = { title: security.prove_title, lead: security.prove_lead, next: security.prove_next, needs_password: security.password_needed };
    if (!session.person) return <ProveAddress envelope="" add={false} assurance="mailbox" own={prove} is_first={is_first} done={props.done} />;
    return <StepUp session={session} envelope="" own={{ prove, choose: { lead: security.choose_lead, next: security.choose_next } }} done={props.done} />;
}

interface ListProps {
    session: Session;
    factors: Factors;
    changed(session?: Session): Promise<void>;
}

function FactorLists(props: ListProps) {
    const { security } = useReader();
    const { factors } = props;
    const may_change = mayChange(props.session);
    const has_factor = hasFactor(props.session);
    return (
        <>
            <article data-part="passkeys">
                <Heading level={2}>{security.passkeys}</Heading>
                <p>{security.passkeys_lead}</p>
                {factors.passkeys.length === 0 && <p class="quiet">{security.no_passkeys}</p>}
                <ul class="files">{factors.passkeys.map((one) => <PasskeyRow key={one.id} passkey={one} may_change={may_change} changed={props.changed} />)}</ul>
                {may_change && <AddPasskey outline done={props.changed} />}
            </article>
            <AppPart {...props} may_change={may_change} />
            <article data-part="recovery">
                <Heading level={2}>{security.recovery}</Heading>
                <p>{security.recovery_lead}</p>
                {has_factor && <p>{factors.recovery_codes > 0 ? security.recovery_left(factors.recovery_codes) : security.recovery_none}</p>}
                {may_change && has_factor && (
                    <RecoveryCodes outline label={factors.recovery_codes > 0 ? security.recovery_again : security.recovery_make}
                        {...(factors.recovery_codes > 0 && { question: security.recovery_sure })} done={() => props.changed()} />
                )}
            </article>
        </>
    );
}

function AppPart(props: ListProps & { may_change: boolean }) {
    const { security, shared, language } = useReader();
    const { factors, may_change } = props;
    const { busy, problem, call } = useCall();
    const remove = () => {
        if (confirm(security.app_remove_sure)) {
            void call(async () => {
                await service.removeTotp();
                await props.changed();
            });
        }
    };
    return (
        <article data-part="app">
            <Heading level={2}>{security.app}</Heading>
            <p>{security.app_lead}</p>
            {factors.totp && <p data-part="app-on">{security.app_on} <span class="quiet small">{describeDays(factors.totp, language)}</span></p>}
            {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
            {may_change && <AddApp outline label={factors.totp ? security.replace_app : security.set_up_app} done={props.changed} />}
            {may_change && factors.totp && <p><button type="button" class="plain danger" data-action="remove-app" {...waiting(busy)} onClick={remove}>{security.app_remove}</button></p>}
        </article>
    );
}

function PasskeyRow(props: { passkey: Passkey; may_change: boolean; changed(): Promise<void> }) {
    const { security, shared, language } = useReader();
    const { passkey, may_change } = props;
    const { busy, problem, call } = useCall();
    const [name, setName] = useState<string | null>(null);
    const [was_open, note] = useState(false);
    function close() {
        setName(null);
        note(true);
    }

    async function save(event: Event) {
        event.preventDefault();
        const wanted = name?.trim();
        if (!wanted) return close();
        await call(async () => {
            await service.renamePasskey(passkey.id, wanted);
            close();
            await props.changed();
        });
    }
    const remove = () => {
        if (confirm(security.remove_sure(passkey.name))) {
            void call(async () => {
                await service.removePasskey(passkey.id);
                await props.changed();
            });
        }
    };
    return (
        <li data-passkey={passkey.name}>
            <div class="file">
                {name === null ? <strong>{passkey.name}</strong> : (
                    <form onSubmit={save}>
                        <NameInput value={name} change={setName} />
                        <div class="row">
                            <button type="submit" class="compact">{security.save}</button>
                            <button type="button" class="compact outline secondary" onClick={close}>{shared.cancel}</button>
                        </div>
                    </form>
                )}
                <div class="quiet small">{describeDays(passkey, language)}</div>
                {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
            </div>
            {may_change && name === null && (
                <div class="row">
                    <RenameButton name={passkey.name} focus={was_open} rename={() => setName(passkey.name)} />
                    <button type="button" class="plain danger" data-action="remove" aria-label={security.remove_what(passkey.name)} {...waiting(busy)} onClick={remove}>{security.remove}</button>
                </div>
            )}
        </li>
    );
}

function NameInput(props: { value: string; change(name: string): void }) {
    const { security } = useReader();
    const own = useFocus<HTMLInputElement>(true);
    return <input ref={own} type="text" maxLength={60} value={props.value} aria-label={security.passkey_name} onInput={(event) => props.change(event.currentTarget.value)} />;
}

/** `focus`: once the form that stood in its place is gone. */
function RenameButton(props: { name: string; focus: boolean; rename(): void }) {
    const { security } = useReader();
    const own = useFocus<HTMLButtonElement>(props.focus);
    return <button ref={own} type="button" class="plain" data-action="rename" aria-label={security.rename_what(props.name)} onClick={props.rename}>{security.rename}</button>;
}
