// What `sealpost doctor` tells of a domain (doc/spec/doctor.md), and how it is put in order.

import { ask } from '../../shared/http';
import type { DaneReport, StsReport } from '../../shared/tls/extras';
import type { HostTest } from '../../shared/tls/facts';

export const sections = ['mx', 'tls', 'spf', 'dkim', 'dmarc', 'hat', 'tls_reports'] as const;
export type Section = (typeof sections)[number];

export const finding_states = ['bad', 'unknown', 'warn', 'note', 'good'] as const;
export type FindingState = (typeof finding_states)[number];

export interface DoctorFinding {
    section: Section;
    about: string;
    state: FindingState;
    what: string;
    fix?: string | null;
}

export interface DoctorReport {
    domain: string;
    healthy: boolean;
    findings: DoctorFinding[];
    sections: Readonly<Record<string, unknown>>;
}

export interface SectionView {
    section: Section;
    /** The worst of its findings; null when there is none. */
    state: FindingState | null;
    findings: DoctorFinding[];
}

export function askDoctor(domain: string, csrf: string | null): Promise<DoctorReport> {
    return ask('/api/v1/doctor', { method: 'POST', json: { domain }, csrf });
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

interface TlsSection {
    hosts?: HostTest[];
    dane?: DaneReport | null;
    mta_sts?: StsReport | null;
}

/** The section `tls`, as a test tells it. */
export function tlsOf(report: DoctorReport): TlsSection & { hosts: HostTest[] } {
    const tls = (report.sections['tls'] ?? {}) as TlsSection;
    return { ...tls, hosts: (tls.hosts ?? []).filter((one) => Array.isArray(one.chain)) };
}
