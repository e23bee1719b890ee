// The code from the mail: 8 digits, however they were typed or pasted.

import { useState } from 'preact/hooks';
import { isSpoken } from '../shared/language';
import { Heading, Notice } from '../shared/parts';
import type { Problem } from '../shared/problem';
import { describeProblem } from '../shared/tongue';
import { useCall, waiting } from '../shared/use-call';
import type { CodeChallenge, Session } from './api';
import { service, useReader } from './context';

export function digitsOf(text: string): string {
    return text.replace(/\D/g, '').slice(0, 8);
}

interface Props {
    address: string;
    challenge: CodeChallenge;
    add: boolean;
    /** What the button says that follows a right code. */
    next: string;
    /** What is said of the mail, where no message waits. */
    sent: ((address: string) => string) | undefined;
    done(session: Session): void;
    again(): Promise<void>;
    other(): void;
}

export function CodeForm(props: Props) {
    const { words, shared, language } = useReader();
    const [code, setCode] = useState('');
    const [short, blame] = useState(false);
    const { busy, problem, call } = useCall();

    async function submit(event: Event) {
        event.preventDefault();
        blame(code.length !== 8);
        if (code.length !== 8) return;
        await call(async () => props.done(await service.signInWithCode(props.challenge.challenge, code, props.add, isSpoken(language) ? language : null)));
    }

    function describe(found: Problem): string {
        if (found.kind === 'wrong-code') return words.code_wrong(found.number('tries_left'));
        if (found.kind === 'expired-code') return words.code_expired;
        if (found.kind === 'not-allowed' && props.add) return words.address_has_password;
        return describeProblem(found, shared);
    }

    return (
        <article data-part="code">
            <Heading level={2} focus>{words.code_title}</Heading>
            <p class="wrap">{(props.sent ?? words.code_sent)(props.address)}</p>
            <p class="reference" role="note" aria-label={`${words.code_reference_label}: ${props.challenge.reference}`} data-part="reference">{props.challenge.reference}</p>
            <p>{words.code_check}</p>
            <form onSubmit={submit} noValidate>
                <label for="code">{words.code}</label>
                <input id="code" name="code" class="code" type="text" inputmode="numeric" autocomplete="one-time-code" required value={code}
                    aria-invalid={short || problem?.kind === 'wrong-code' ? 'true' : undefined} aria-describedby={short ? 'code-bad' : undefined}
                    onInput={(event) => {
                        const clean = digitsOf(event.currentTarget.value);
                        event.currentTarget.value = clean;
                        setCode(clean);
                    }} />
                {short && <small id="code-bad" role="alert">{words.code_bad}</small>}
                {problem && <Notice kind="bad"><p>{describe(problem)}</p></Notice>}
                <div class="row">
                    <button type="submit" {...waiting(busy)}>{busy ? words.sending : props.next}</button>
                    <button type="button" class="plain" {...waiting(busy)} onClick={() => void call(props.again)}>{words.code_again}</button>
                    <button type="button" class="plain" {...waiting(busy)} onClick={props.other}>{words.code_other}</button>
                </div>
            </form>
        </article>
    );
}
