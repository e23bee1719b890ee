// What was found about a chain: the verdict in a few words, what was seen and what mends it.

import { withColon } from '../../shared/french';
import { tls_words } from '../../shared/tls/words';
import type { Finding } from './api';
import { useCertificateWords } from './context';

export function FindingView(props: { finding: Finding; good: string; bad?: string }) {
    const { language } = useCertificateWords();
    const words = tls_words[language];
    const { verdict, fix, detail } = props.finding;
    const name = words.verdicts[verdict] ?? verdict;
    if (verdict === 'ok') return <div class="notice good" data-part="finding" data-verdict="ok"><p>{props.good}</p></div>;
    return (
        <div class="notice bad" data-part="finding" data-verdict={verdict}>
            <strong>{props.bad ? `${withColon(props.bad, language)} ${name}` : name}</strong>
            {fix && <p>{fix}</p>}
            {detail && <p class="quiet small" lang="en">{detail}</p>}
        </div>
    );
}
