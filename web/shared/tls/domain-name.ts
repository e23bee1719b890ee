// What a person types as a domain.

/** Lower-case, without the last dot; an address or a link gives its domain. */
export function cleanDomain(text: string): string {
    return text.trim().toLowerCase().replace(/^[a-z]+:\/\//, '').replace(/^.*@/, '').replace(/\/.*$/, '').replace(/\.$/, '');
}

export function looksLikeDomain(text: string): boolean {
    return text.length <= 253 && /^[^\s.@/]{1,63}(\.[^\s.@/]{1,63})+$/.test(text);
}
