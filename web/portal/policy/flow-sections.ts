// The parameters of a mail flow policy in the sections that administrators know. A parameter that no rule
// names comes under "other", so that a new one is never out of reach.

export type FlowSection =
    | 'behavior' | 'connections' | 'banner' | 'host_limits' | 'sender_limits' | 'harvest' | 'security' | 'authentication' | 'verification' | 'addresses' | 'other';

// The first rule that holds decides.
const rules: readonly (readonly [FlowSection, RegExp])[] = [
    ['behavior', /^(name|behavior|listener|comment|defer_undecided)$/],
    ['harvest', /invalid_recipients/],
    ['sender_limits', /_per_sender|^sender_limit/],
    ['host_limits', /_per_hour|^host_bits/],
    ['connections', /^max_/],
    ['banner', /^(hostname|banner_|reject_|delay_rejection)/],
    ['security', /^(tls|auth)(_|$)/],
    ['authentication', /^(spf|dkim|dmarc|arc)(_|$)/],
    ['verification', /^(sender_|exception_table)/],
    ['addresses', /^(default_domain|refused_characters|accept_untagged_bounces|bounce_profile|source_routing|address_)/],
];

export const flow_sections: readonly FlowSection[] = [
    'behavior', 'connections', 'banner', 'host_limits', 'sender_limits', 'harvest', 'security', 'authentication', 'verification', 'addresses', 'other',
];

export function sectionOf(key: string): FlowSection {
    return rules.find(([, pattern]) => pattern.test(key))?.[0] ?? 'other';
}

/** Sections in order, with their keys in the order given; sections without a key are left out. */
export function groupKeys<K extends { name: string }>(keys: readonly K[]): { section: FlowSection; keys: K[] }[] {
    const by_section = new Map<FlowSection, K[]>();
    for (const key of keys) {
        const section = sectionOf(key.name);
        by_section.set(section, [...(by_section.get(section) ?? []), key]);
    }
    return flow_sections.flatMap((section) => {
        const found = by_section.get(section);
        return found ? [{ section, keys: found }] : [];
    });
}
