// What `sealpost doctor` tells of a domain (doc/spec/doctor.md), and how it is put in order.

import { service, type Schemas } from '../../shared/service';

export type DoctorReport = Schemas['Findings'];
export type DoctorFinding = Schemas['Finding'];
export type Section = DoctorFinding['section'];
export type FindingState = DoctorFinding['state'];

export const sections = ['mx', 'tls', 'spf', 'dkim', 'dmarc', 'hat', 'dns_lists', 'tls_reports'] as const satisfies readonly Section[];
export const finding_states = ['bad', 'unknown', 'warn', 'note', 'good'] as const satisfies readonly FindingState[];

export interface SectionView {
    section: Section;
    /** The worst of its findings; null when there is none. */
    state: FindingState | null;
    findings: DoctorFinding[];
}

export function askDoctor(domain: string, csrf: string | null): Promise<DoctorReport> {
    return service.ask('POST', '/api/v1/doctor', { json: { domain }, csrf });
}

/** Every section in its order; within one, what is worst comes first. Sections that were not looked at are left out. */
export function arrange(report: DoctorReport): SectionView[] {
    const rank = (state: FindingState) => finding_states.indexOf(state);
    return sections.flatMap((section) => {
        const findings = report.findings.filter((one) => one.section === section).sort((a, b) => rank(a.state) - rank(b.state));
        if (findings.length === 0 && report.sections[section] == null) return [];
        return [{ section, state: findings[0]?.state ?? null, findings }];
    });
}

export function count(report: DoctorReport, state: FindingState): number {
    return report.findings.filter((one) => one.state === state).length;
}
