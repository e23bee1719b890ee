// The pages of the tables: recipients, exceptions, lists, destinations, profiles, routes, addresses, encryption;
// and the trace of a message.

import type { PolicyPage } from './pages';
import {
    alias_table, bounce_table, destination_table, exception_table, list_table, map_table, masquerade_table, profile_table, recipient_table, route_table, rule_table, type TableFacts,
} from './tables/table-facts';
import { TablesPage } from './tables/table-pages';
import { TracePage } from './trace/trace-page';
import { usePolicyWords } from './context';
import type { PolicyWords } from './words';

type Named = (words: PolicyWords) => string;

function page(path: string, group: PolicyPage['group'], name: Named, tables: readonly TableFacts[]): PolicyPage {
    return { path, group, name, show: (parts) => <Page key={path} root={path} name={name} tables={tables} parts={parts} /> };
}

function Page(props: { root: string; name: Named; tables: readonly TableFacts[]; parts: string[] }) {
    const { words } = usePolicyWords();
    return <TablesPage title={props.name(words)} root={props.root} tables={props.tables} parts={props.parts} />;
}

export const other_pages: readonly PolicyPage[] = [
    page('/portal/policies/recipients', 'mail_policies', (words) => words.recipients, [recipient_table]),
    page('/portal/policies/exceptions', 'mail_policies', (words) => words.exceptions, [exception_table]),
    page('/portal/policies/address-lists', 'mail_policies', (words) => words.address_lists, [list_table]),
    page('/portal/policies/destinations', 'mail_policies', (words) => words.destinations, [destination_table]),
    page('/portal/policies/bounce-profiles', 'mail_policies', (words) => words.bounce_profiles, [bounce_table]),
    page('/portal/policies/addresses', 'mail_policies', (words) => words.addresses, [alias_table, masquerade_table, map_table]),
    page('/portal/policies/encryption-profiles', 'mail_policies', (words) => words.encryption_profiles, [profile_table]),
    page('/portal/policies/encryption-rules', 'mail_policies', (words) => words.encryption_rules, [rule_table]),
    page('/portal/network/routes', 'network', (words) => words.routes, [route_table]),
    { path: '/portal/system/trace', group: 'system', name: (words) => words.trace, show: () => <TracePage /> },
];
