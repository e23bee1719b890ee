// Who may begin a message to the account's domains: doc/decisions/0058-who-may-begin-a-message.md.

import { useEffect, useState } from 'preact/hooks';
import { LoadFailed, Notice, Waiting } from '../../shared/parts';
import { asProblem, type Problem } from '../../shared/problem';
import { tls_words } from '../../shared/tls/words';
import { describeProblem } from '../../shared/tongue';
import { useLatest } from '../../shared/use-latest';
import type { ComposeFrom, ComposeSetting } from '../api';
import { admin, usePortal } from '../context';
import { useTurn } from '../../shared/use-pages';
import { domain_words } from './words';

const choices: readonly ComposeFrom[] = ['nobody', 'known', 'anyone'];

/** `turn`: which domains are proven; with others, the service counts others among the account's. */
export function ComposePart(props: { turn: string }) {
    const { shared, language } = usePortal();
    const words = domain_words[language];
    const begin = useTurn();
    const [setting, show] = useState<ComposeSetting | null>(null);
    const [problem, fail] = useState<Problem | null>(null);

    function load() {
        const is_last = begin();
        fail(null);
        admin.composeSetting().then((now) => is_last() && show(now), (error: unknown) => is_last() && fail(asProblem(error)));
    }
    useEffect(load, [props.turn]);

    return (
        <article data-part="compose-setting">
            <h2>{words.begin_title}</h2>
            <p>{words.begin_lead}</p>
            {problem && <LoadFailed problem={problem} retry={load} />}
            {!setting && !problem && <Waiting text={shared.loading} />}
            {setting && <Choice setting={setting} change={show} />}
        </article>
    );
}

function Choice(props: { setting: ComposeSetting; change(setting: ComposeSetting): void }) {
    const { shared, language } = usePortal();
    const words = domain_words[language];
    const { domains } = props.setting;
    const { shown, save, busy, problem } = useLatest(props.setting.from, async (from) => props.change(await admin.changeComposeSetting(from)));
    return (
        <>
            <p class="wrap" data-part="compose-domains">{domains.length > 0 ? words.begin_domains(domains.join(', ')) : words.begin_no_domain}</p>
            <fieldset class="ways">
                <legend>{words.begin_from}</legend>
                {choices.map((from) => (
                    <label key={from} class={shown === from ? 'chosen' : ''}>
                        <input type="radio" name="compose-from" value={from} checked={shown === from} onChange={() => save(from)} />
                        <span>{words.begin_choices[from]}<small>{words.begin_meanings[from]}</small></span>
                    </label>
                ))}
            </fieldset>
            <p class="quiet small" aria-live="polite">{busy ? tls_words[language].saving : words.begin_note}</p>
            {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
        </>
    );
}
