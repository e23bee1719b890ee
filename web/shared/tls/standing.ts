// How a mail host stands in a test, and by which words.

import type { HostTest } from './facts';
import type { tls_words } from './words';

export type Standing = 'good' | 'bad' | 'unknown';

export function standingOf(host: HostTest): Standing {
    if (host.asked === false) return 'unknown';
    return host.verdict === 'ok' ? 'good' : 'bad';
}

export function nameVerdict(host: HostTest, words: (typeof tls_words)[keyof typeof tls_words]): string {
    if (host.asked === false) return words.not_asked;
    return words.verdicts[host.verdict] ?? host.verdict;
}
