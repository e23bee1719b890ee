// What the parts of "Certificates" share: the client, the words, and how a refusal is told.

import type { Problem } from '../../shared/problem';
import { describeProblem } from '../../shared/tongue';
import type { SharedWords } from '../../shared/words';
import { admin, usePortal } from '../context';
import { CertificatesClient } from './api';
import { certificate_words, type CertificateWords } from './words';

export const root = '/portal/network/certificates';
export const certificates = new CertificatesClient(() => admin.token());

export function useCertificateWords() {
    const { shared, language } = usePortal();
    return { shared, language, words: certificate_words[language] };
}

/** What is wrong in our own words, and what the service advises. */
export function describeRefusal(problem: Problem, words: CertificateWords, shared: SharedWords): string {
    const own = words.problems[problem.kind];
    const fix = problem.text('fix');
    return `${own ?? describeProblem(problem, shared)} ${fix}`.trim();
}
