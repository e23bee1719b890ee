// Find Senders: in which groups a host stands, in the order in which they are asked.

import { useEffect, useState } from 'preact/hooks';
import { Busy, Notice } from '../../shared/parts';
import { asProblem, type Problem } from '../../shared/problem';
import { describeProblem } from '../../shared/tongue';
import { waiting } from '../../shared/use-call';
import { Link } from '../route';
import { useTurn } from '../../shared/use-pages';
import type { FoundSender } from './api';
import { policy, usePolicyWords } from './context';
import { groupPath, PolicyName } from './hat-parts';
import { hat_words } from './hat-words';

export function FindSenders(props: { listener: string }) {
    const { shared, language } = usePolicyWords();
    const own = hat_words[language];
    const [text, type] = useState('');
    const [busy, wait] = useState(false);
    const [answer, show] = useState<{ found: FoundSender[]; total: number } | null>(null);
    const [problem, fail] = useState<Problem | null>(null);
    const begin = useTurn();

    // What was found stands in the groups of the other listener.
    useEffect(() => {
        begin();
        wait(false);
        show(null);
        fail(null);
    }, [props.listener]);

    async function submit(event: Event) {
        event.preventDefault();
        if (text.trim() === '' || busy) return;
        const is_last = begin();
        wait(true);
        fail(null);
        try {
            const found = await policy.findSenders(props.listener, text.trim());
            if (is_last()) show(found);
        } catch (error) {
            if (is_last()) fail(asProblem(error));
        }
        if (is_last()) wait(false);
    }

    return (
        <article data-part="find-senders">
            <h2>{own.find_title}</h2>
            <form class="inline-form" onSubmit={submit}>
                <label for="find-senders">{own.find_label}</label>
                <input id="find-senders" value={text} spellcheck={false} autocomplete="off" placeholder="192.0.2.7" onInput={(event) => type(event.currentTarget.value)} />
                <button type="submit" {...waiting(busy)} data-action="find-senders">{own.find}</button>
            </form>
            <div aria-live="polite">
                {busy && !answer && <Busy text={shared.loading} />}
                {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
                {answer && <p>{own.found(answer.total)} {answer.total > answer.found.length && own.found_cut(answer.found.length)}</p>}
            </div>
            {answer && answer.found.length > 0 && (
                <table class="cards plain-table">
                    <thead><tr><th scope="col">{own.order}</th><th scope="col">{own.group}</th><th scope="col">{own.policy}</th><th scope="col">{own.sender}</th><th scope="col">{own.comment}</th></tr></thead>
                    <tbody>
                        {answer.found.map((one) => (
                            <tr key={`${one.group} ${one.sender}`}>
                                <td data-label={own.order}>{one.order}</td>
                                <td data-label={own.group}><Link to={groupPath(props.listener, one.group)}>{one.group}</Link></td>
                                <td data-label={own.policy}><PolicyName name={one.policy} /></td>
                                <td data-label={own.sender}><code>{one.sender}</code></td>
                                <td data-label={own.comment}>{one.comment}</td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            )}
        </article>
    );
}
