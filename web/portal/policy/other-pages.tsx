// The recipients, exceptions, address lists, destinations, bounce profiles, routes and the trace.

import { Heading } from '../../shared/parts';
import type { SectionName } from './api';
import { usePolicyWords, useSection } from './context';
import type { PolicyPage } from './pages';
import type { PolicyWords } from './words';

export const other_pages: readonly PolicyPage[] = [
    { path: '/portal/policies/recipients', group: 'mail_policies', name: (words) => words.recipients, show: () => <Outline section="recipient" name={(words) => words.recipients} /> },
    { path: '/portal/policies/exceptions', group: 'mail_policies', name: (words) => words.exceptions, show: () => <Outline section="exception" name={(words) => words.exceptions} /> },
    { path: '/portal/policies/address-lists', group: 'mail_policies', name: (words) => words.address_lists, show: () => <Outline section="address_list" name={(words) => words.address_lists} /> },
    { path: '/portal/policies/destinations', group: 'mail_policies', name: (words) => words.destinations, show: () => <Outline section="destination" name={(words) => words.destinations} /> },
    { path: '/portal/policies/bounce-profiles', group: 'mail_policies', name: (words) => words.bounce_profiles, show: () => <Outline section="bounce_profile" name={(words) => words.bounce_profiles} /> },
    { path: '/portal/network/routes', group: 'network', name: (words) => words.routes, show: () => <Outline section="route" name={(words) => words.routes} /> },
];

/** What a section holds, to be read. */
function Outline(props: { section: SectionName; name(words: PolicyWords): string }) {
    const { words } = usePolicyWords();
    const { data } = useSection(props.section);
    return (
        <>
            <Heading>{props.name(words)}</Heading>
            <article>
                <ul>{data?.rows.map((row) => <li key={row.id}><code>{JSON.stringify(row.values)}</code></li>)}</ul>
            </article>
        </>
    );
}
