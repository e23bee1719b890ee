import { expect, test } from 'vitest';
import { Problem } from '../shared/problem';
import { describeProblem } from '../shared/tongue';
import { shared_words } from '../shared/words';

const { en, fr } = shared_words;
const domain = new Problem('bad-request', 400, { field: 'domain', detail: 'not a domain name such as acme.test' });
const other = new Problem('bad-request', 400, { field: 'page', detail: '"page" is a whole number from 1.' });
const unknown = new Problem('not-kept', 409, { detail: 'kept in files' });

test('an entry that is not understood is told in the language of the page', () => {
    expect(describeProblem(domain, en)).toContain('such as example.org');
    expect(describeProblem(domain, fr)).toContain('par exemple exemple.fr');
});
test('what the server says in English stands on English pages only', () => {
    for (const problem of [other, unknown]) {
        expect(describeProblem(problem, en)).toContain(problem.text('detail'));
        expect(describeProblem(problem, fr)).not.toContain(problem.text('detail'));
    }
});
test('a problem that has a name has a sentence', () => {
    expect(describeProblem(new Problem('not-proven', 409, { detail: 'Publish' }), fr)).toBe(fr.problems['not-proven']);
});
test('who gave the password is asked for what is missing, not for the password again', () => {
    for (const words of [en, fr]) {
        expect(describeProblem(new Problem('needs-assurance', 403, { assurance: 'account' }), words)).toBe(words.needs_password);
        expect(describeProblem(new Problem('needs-assurance', 403, { assurance: 'strong' }), words)).toBe(words.needs_strong);
    }
});
