// What the pages of sender groups share: their paths, and a policy's name as a link.

import { joinPath, Link } from '../route';
import type { Row } from './api';
import { policy, useLoaded, usePolicyWords } from './context';
import { hat_words } from './hat-words';

export const hat_root = '/portal/policies/hat';

export function groupPath(listener: string, name: string, ...more: string[]): string {
    return joinPath(hat_root, listener, 'groups', name, ...more);
}

export function nameOf(row: Row): string {
    return String(row.values['name'] ?? row.id);
}

export function PolicyName(props: { name: unknown }) {
    const { language } = usePolicyWords();
    if (!props.name) return <span class="quiet">{hat_words[language].no_policy}</span>;
    return <Link to={joinPath('/portal/policies/mail-flow', 'policies', String(props.name))}>{String(props.name)}</Link>;
}

/** Names of the policies that a group may have. */
export function usePolicyNames(): string[] | null {
    return useLoaded(() => policy.section('mail_flow_policy'), []).data?.rows.map((row) => row.id) ?? null;
}
