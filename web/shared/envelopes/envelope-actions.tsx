// What is done with an envelope: lock and unlock it, move its expiry, recall it. Forms stand in a row of their own
// below the envelope's; the focus goes to them, and with what was done back to where they were asked for.

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { countOctets } from '../mail/compose';
import { Heading, Notice, Told, useFocus } from '../parts';
import { asProblem, type Problem } from '../problem';
import { describeProblem, useTongue } from '../tongue';
import { useCall, waiting } from '../use-call';
import { actionsOf, isLater, localTimeOf, max_reason_bytes, utcTimeOf, type Action, type Envelope, type Keeper } from './envelope';
import { envelope_words } from './words';

type Change = (facts: Partial<Envelope>) => void;

export interface Actions {
    asked: Action | null;
    done: Action | null;
    problem: Problem | null;
    busy: boolean;
    side: Keeper['side'];
    /** Where the focus goes back to. */
    left: Action | null;
    begin(action: Action): void;
    form: ComponentChildren;
}

/** `change`: what the row shows from now on. */
export function useActions(row: Envelope, keeper: Keeper, change: Change): Actions {
    const [asked, ask] = useState<Action | null>(null);
    const [done, tell] = useState<Action | null>(null);
    const [left, leave] = useState<Action | null>(null);
    const { busy, problem, call, forget } = useCall();

    async function act(action: Action, run: () => Promise<void>, facts: Partial<Envelope>) {
        tell(null);
        await call(async () => {
            try {
                await run();
            } catch (error) {
                // Others were faster: the row tells what it has become.
                const { kind } = asProblem(error);
                if (kind === 'expired' || kind === 'erased') {
                    ask(null);
                    change({ state: kind });
                }
                if (kind === 'locked-by-account') {
                    ask(null);
                    change({ state: 'locked', locked_by: 'account' });
                }
                throw error;
            }
            ask(null);
            tell(action);
            change(facts);
        });
    }

    function begin(action: Action) {
        forget();
        tell(null);
        leave(null);
        if (action === 'unlock') void act('unlock', () => keeper.unlockEnvelope(row.id), { state: 'open', lock_reason: '', locked_by: null });
        else ask(action);
    }

    function cancel() {
        forget();
        leave(asked);
        ask(null);
    }

    const common = { row, busy, problem, cancel };
    const form = asked === 'lock' ? <LockForm {...common} lock={(reason) => void act('lock', () => keeper.lockEnvelope(row.id, reason), { state: 'locked', lock_reason: reason, locked_by: keeper.side })} />
        : asked === 'expiry' ? <ExpiryForm {...common} side={keeper.side} move={(expires_at) => void act('expiry', () => keeper.changeEnvelopeExpiry(row.id, expires_at), { expires_at })} />
            : asked === 'recall' ? <RecallForm {...common} recall={() => void act('recall', () => keeper.recallEnvelope(row.id), { state: 'erased', lock_reason: '', locked_by: null })} /> : null;
    return { asked, done, problem, busy, side: keeper.side, left, begin, form };
}

export function EnvelopeActions(props: { row: Envelope; actions: Actions }) {
    const { shared, language } = useTongue();
    const words = envelope_words[language];
    const { row, actions } = props;
    const possible = actionsOf(row, actions.side);
    return (
        <span class="actions">
            {actions.done && <Told key={actions.done} text={words.done[actions.done]} />}
            {actions.problem && !actions.form && <Notice kind="bad" focus><p>{describe(actions.problem, language, describeProblem(actions.problem, shared))}</p></Notice>}
            {possible.length === 0 && row.state !== 'locked' && !actions.done && !actions.problem && <span class="quiet small">{words.nothing}</span>}
            {possible.map((action) => <ActionButton key={`${action} ${actions.left === action}`} action={action} row={row} actions={actions} />)}
        </span>
    );
}

function ActionButton(props: { action: Action; row: Envelope; actions: Actions }) {
    const { language } = useTongue();
    const words = envelope_words[language];
    const { action, row, actions } = props;
    const own = useFocus<HTMLButtonElement>(actions.left === action);
    return (
        <button ref={own} type="button" class={`plain small ${action === 'recall' ? 'danger' : ''}`} data-action={action} aria-label={`${words.names[action]}: ${row.id}`}
            aria-expanded={action === 'unlock' ? undefined : actions.asked === action} {...waiting(actions.busy)} onClick={() => actions.begin(action)}>
            {words.names[action]}
        </button>
    );
}

function describe(problem: Problem, language: 'en' | 'fr', otherwise: string): string {
    const words = envelope_words[language];
    if (problem.kind === 'not-found') return words.gone;
    if (problem.kind === 'locked-by-account') return words.locked_by_account;
    return problem.kind === 'expired' ? words.expired : problem.kind === 'erased' ? words.erased : otherwise;
}

interface FormProps {
    row: Envelope;
    busy: boolean;
    problem: Problem | null;
    cancel(): void;
}

/** What the forms have in common: what they are about, what went wrong, and the way out. */
function Frame(props: FormProps & { part: string; title: string; lead: string; submit(): void; yes: string; danger?: boolean; children?: ComponentChildren }) {
    const { shared, language } = useTongue();
    const words = envelope_words[language];
    const { problem, busy } = props;
    const submit = (event: Event) => {
        event.preventDefault();
        props.submit();
    };
    return (
        <form onSubmit={submit} noValidate data-part={props.part}>
            <Heading level={2} focus>{props.title}</Heading>
            <p class="quiet small wrap">{props.row.recipients.map((one) => one.address).join(', ')} · <code>{props.row.id}</code></p>
            <p>{props.lead}</p>
            {props.children}
            {problem && <Notice kind="bad"><p>{describe(problem, language, describeProblem(problem, shared))}</p></Notice>}
            <div class="row">
                <button type="submit" class={`compact ${props.danger ? 'danger' : ''}`} data-action="submit" {...waiting(busy)}>{busy ? words.working : props.yes}</button>
                <button type="button" class="compact outline secondary" data-action="cancel" {...waiting(busy)} onClick={props.cancel}>{shared.cancel}</button>
            </div>
        </form>
    );
}

function LockForm(props: FormProps & { lock(reason: string): void }) {
    const { language } = useTongue();
    const words = envelope_words[language];
    const [reason, setReason] = useState('');
    const [is_long, blame] = useState(false);
    const id = `reason-${props.row.id}`;
    function submit() {
        const clean = reason.trim();
        const is_too_long = countOctets(clean) > max_reason_bytes;
        blame(is_too_long);
        if (!is_too_long) props.lock(clean);
    }
    return (
        <Frame {...props} part="lock-form" title={words.lock_title} lead={words.lock_lead} submit={submit} yes={words.names.lock}>
            <label for={id}>{words.reason}</label>
            <input id={id} dir="auto" value={reason} autocomplete="off" aria-invalid={is_long ? 'true' : undefined} aria-describedby={`${id}-hint`} onInput={(event) => setReason(event.currentTarget.value)} />
            <small id={`${id}-hint`} role={is_long ? 'alert' : undefined}>{is_long ? words.reason_long : words.reason_hint}</small>
        </Frame>
    );
}

function ExpiryForm(props: FormProps & { side: Keeper['side']; move(expires_at: string): void }) {
    const { language } = useTongue();
    const words = envelope_words[language];
    const [until, setUntil] = useState(() => localTimeOf(props.row.expires_at));
    const [complaint, blame] = useState('');
    const id = `expiry-${props.row.id}`;
    const only_sooner = props.side === 'sender';
    const described = [only_sooner && `${id}-hint`, complaint && `${id}-bad`].filter(Boolean).join(' ');
    function submit() {
        const expires_at = utcTimeOf(until, Date.now());
        const is_later = only_sooner && expires_at !== null && isLater(expires_at, props.row.expires_at);
        blame(expires_at === null ? words.expiry_bad : is_later ? words.expiry_later : '');
        if (expires_at && !is_later) props.move(expires_at);
    }
    return (
        <Frame {...props} part="expiry-form" title={words.expiry_title} lead={words.expiry_lead} submit={submit} yes={words.names.expiry}>
            <label for={id}>{words.expiry}</label>
            <input id={id} type="datetime-local" required value={until} max={only_sooner ? localTimeOf(props.row.expires_at) : undefined} aria-invalid={complaint ? 'true' : undefined}
                aria-describedby={described || undefined} onInput={(event) => setUntil(event.currentTarget.value)} />
            {only_sooner && <small id={`${id}-hint`}>{words.expiry_sooner}</small>}
            {complaint && <small id={`${id}-bad`} role="alert">{complaint}</small>}
        </Frame>
    );
}

/** Asks twice, the second time with the heading in focus: a key that is pressed twice destroys nothing. */
function RecallForm(props: FormProps & { recall(): void }) {
    const { language } = useTongue();
    const words = envelope_words[language];
    const [is_sure, goOn] = useState(false);
    if (!is_sure) return <Frame key="first" {...props} part="recall-form" title={words.recall_title} lead={words.recall_lead} submit={() => goOn(true)} yes={words.recall_next} />;
    return <Frame key="second" {...props} part="recall-sure" title={words.recall_sure} lead={words.recall_lead} submit={props.recall} yes={words.recall_yes} danger />;
}
