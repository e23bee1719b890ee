import { expect, test } from 'vitest';
import { arrange, count, finding_states, sections, type DoctorFinding, type DoctorReport } from '../portal/doctor/doctor';
import { doctor_words } from '../portal/doctor/words';

const finding = (section: DoctorFinding['section'], state: DoctorFinding['state']): DoctorFinding => ({ section, about: section, state, what: '', fix: '' });
const report: DoctorReport = {
    domain: 'acme.test', healthy: false, sections: { mx: {}, dmarc: {} },
    findings: [finding('dmarc', 'good'), finding('tls', 'good'), finding('tls', 'bad'), finding('tls', 'warn')],
};

test('sections stand in their order, the worst of each first, and what was not looked at is left out', () => {
    expect(arrange(report).map((one) => [one.section, one.state, one.findings.map((each) => each.state)])).toEqual([['mx', null, []], ['tls', 'bad', ['bad', 'warn', 'good']], ['dmarc', 'good', ['good']]]);
    expect(count(report, 'bad')).toBe(1);
});
test('every section and state has words in both languages', () => {
    for (const words of [doctor_words.en, doctor_words.fr]) {
        expect(sections.every((section) => words.sections[section] && words.section_leads[section])).toBe(true);
        expect(finding_states.every((state) => words.states[state])).toBe(true);
    }
});
