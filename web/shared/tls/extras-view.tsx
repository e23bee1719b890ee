// DANE and MTA-STS under the hosts of a test.

import { useTongue } from '../tongue';
import { readExtra } from './extras';
import { tls_words } from './words';

export function ExtrasView(props: { dane: unknown; mta_sts: unknown }) {
    const { language } = useTongue();
    const words = tls_words[language];
    const both = [['dane', words.dane, words.dane_lead, props.dane], ['mta_sts', words.mta_sts, words.mta_sts_lead, props.mta_sts]] as const;
    return (
        <ul class="extras" data-part="extras">
            {both.map(([name, title, lead, given]) => {
                const { state, lines } = readExtra(given);
                return (
                    <li key={name} data-extra={name} data-state={state}>
                        <p><strong>{title}</strong> <span class={`badge ${state === 'none' ? '' : state}`}>{words.extra_states[state]}</span></p>
                        <p class="quiet small">{lead}{state === 'none' && `; ${words.extra_none}`}</p>
                        {lines.map((line, index) => <p key={index} class="small wrap"><code>{line}</code></p>)}
                    </li>
                );
            })}
        </ul>
    );
}
