// The switch of a domain, and what happens when no verified connection can be made.

import { Notice } from '../parts';
import type { Problem } from '../problem';
import { describeProblem, useTongue } from '../tongue';
import { failure_choices, type Domain, type FailureChoice } from './facts';
import { useLatest } from '../use-latest';
import { tls_words } from './words';

interface Props {
    domain: Domain;
    save(tls_replies: boolean, on_failure: FailureChoice): Promise<void>;
}

type Choice = Pick<Domain, 'tls_replies' | 'on_failure'>;

export function SwitchChoice(props: Props) {
    const { shared, language } = useTongue();
    const words = tls_words[language];
    const { domain } = props;
    const { shown, save, busy, problem } = useLatest<Choice>(domain, (choice) => props.save(choice.tls_replies, choice.on_failure));
    const is_ready = domain.last_test?.ready === true && domain.needs_test !== true;
    const may_switch = domain.tls_replies || (domain.proven && is_ready);
    const id = `tls-${domain.domain}`;

    function describe(found: Problem): string {
        if (found.kind === 'not-proven') return words.switch_needs_proof;
        return found.kind === 'not-ready' ? words.switch_needs_test : describeProblem(found, shared);
    }

    return (
        <>
            <label for={id}>
                <input id={id} type="checkbox" role="switch" checked={shown.tls_replies} disabled={!may_switch} data-action="tls-replies"
                    aria-describedby={may_switch ? undefined : `${id}-why`} onChange={(event) => save({ ...shown, tls_replies: event.currentTarget.checked })} />
                {words.switch_label}
            </label>
            {!may_switch && <p id={`${id}-why`} class="quiet small">{domain.proven ? words.switch_needs_test : words.switch_needs_proof}</p>}
            <fieldset class="ways failures">
                <legend>{words.failure_title}</legend>
                {failure_choices.map((choice) => (
                    <label key={choice} class={shown.on_failure === choice ? 'chosen' : ''}>
                        <input type="radio" name={`failure-${domain.domain}`} value={choice} checked={shown.on_failure === choice} onChange={() => save({ ...shown, on_failure: choice })} />
                        <span>{words.failures[choice]}<small>{words.failure_meanings[choice]}</small></span>
                    </label>
                ))}
            </fieldset>
            <p class="quiet small" aria-live="polite">{busy ? words.saving : words.never_clear}</p>
            {problem && <Notice kind="bad"><p>{describe(problem)}</p></Notice>}
        </>
    );
}
