// Two ways to prove that a domain is one's own: a record in its DNS, or a code to its postmaster.

import { useState } from 'preact/hooks';
import { CopyButton, Notice } from '../parts';
import type { Problem } from '../problem';
import { describeProblem, useTongue } from '../tongue';
import type { Proof, SentCode } from './facts';
import { useCall, waiting } from '../use-call';
import { tls_words } from './words';

interface Props {
    domain: string;
    proof: Proof;
    checkRecord(): Promise<void>;
    sendCode(): Promise<SentCode>;
    checkCode(code: string): Promise<void>;
}

export function ProofChoice(props: Props) {
    const { language } = useTongue();
    const words = tls_words[language];
    const [way, choose] = useState<'txt' | 'code'>('txt');
    const ways = [['txt', words.proof_txt, words.proof_txt_hint], ['code', words.proof_code, words.proof_code_hint(props.domain)]] as const;
    return (
        <>
            <fieldset class="ways">
                <legend>{words.proof_how}</legend>
                {ways.map(([name, label, hint]) => (
                    <label key={name} class={way === name ? 'chosen' : ''}>
                        <input type="radio" name={`way-${props.domain}`} value={name} checked={way === name} onChange={() => choose(name)} />
                        <span>{label}<small>{hint}</small></span>
                    </label>
                ))}
            </fieldset>
            {way === 'txt' ? <RecordProof {...props} /> : <CodeProof {...props} />}
        </>
    );
}

function RecordProof(props: Props) {
    const { shared, language } = useTongue();
    const words = tls_words[language];
    const { busy, problem, call } = useCall();
    const { proof } = props;
    return (
        <div data-part="proof-txt">
            <p>{words.proof_lead}</p>
            <dl class="record">
                <div><dt>{words.proof_name}</dt><dd><code>{proof.name}</code></dd><dd><CopyButton text={proof.name} label={words.proof_name} /></dd></div>
                <div><dt>{words.proof_type}</dt><dd><code>{proof.type}</code></dd></div>
                <div><dt>{words.proof_value}</dt><dd><code>{proof.value}</code></dd><dd><CopyButton text={proof.value} label={words.proof_value} /></dd></div>
            </dl>
            {problem && <Notice kind="bad"><p>{problem.kind === 'not-proven' ? words.proof_missing : describeProblem(problem, shared)}</p></Notice>}
            <div class="row">
                <button type="button" class="compact" {...waiting(busy)} data-action="verify" onClick={() => void call(props.checkRecord)}>{busy ? words.proof_checking : words.proof_check}</button>
            </div>
        </div>
    );
}

function CodeProof(props: Props) {
    const { shared, language } = useTongue();
    const words = tls_words[language];
    const sending = useCall();
    const checking = useCall();
    const [sent, tell] = useState<SentCode | null>(null);
    const [code, setCode] = useState('');
    const [is_empty, blame] = useState(false);
    const id = `code-${props.domain}`;

    function submit(event: Event) {
        event.preventDefault();
        const clean = code.replace(/[\s-]/g, '');
        blame(clean === '');
        if (clean) void checking.call(() => props.checkCode(clean));
    }

    const describe = (problem: Problem) => (problem.kind === 'wrong-code' ? words.code_wrong(problem.number('tries_left')) : problem.kind === 'expired-code' ? words.code_expired : describeProblem(problem, shared));
    return (
        <div data-part="proof-code">
            <div class="row">
                <button type="button" class={`compact ${sent ? 'outline' : ''}`} {...waiting(sending.busy)} data-action="send-code"
                    onClick={() => void sending.call(async () => tell(await props.sendCode()))}>{sending.busy ? words.code_sending : words.code_send(props.domain)}</button>
            </div>
            <div aria-live="polite">
                {sending.problem && <Notice kind="bad"><p>{describe(sending.problem)}</p></Notice>}
                {sent && <p class="sent">{words.code_sent(sent.sent_to)}</p>}
                {sent?.reference && <p>{words.code_reference} <strong class="reference">{sent.reference}</strong></p>}
            </div>
            {sent && (
                <form onSubmit={submit} noValidate>
                    <label for={id}>{words.code}</label>
                    <input id={id} class="code" value={code} inputMode="numeric" autocomplete="one-time-code" spellcheck={false} aria-invalid={is_empty || checking.problem ? 'true' : undefined}
                        aria-describedby={is_empty ? `${id}-bad` : undefined} onInput={(event) => setCode(event.currentTarget.value)} />
                    {is_empty && <small id={`${id}-bad`} role="alert">{words.code_empty}</small>}
                    {checking.problem && <Notice kind="bad"><p>{describe(checking.problem)}</p></Notice>}
                    <div class="row"><button type="submit" class="compact" {...waiting(checking.busy)} data-action="check-code">{checking.busy ? words.code_checking : words.code_check}</button></div>
                </form>
            )}
        </div>
    );
}
