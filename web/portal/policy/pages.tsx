// The pages of the mail policies, in the groups and the order that administrators know.

import type { JSX } from 'preact';
import { CommitPage } from './commit-page';
import { FlowPage } from './flow-page';
import { HatPage } from './hat-page';
import { other_pages } from './other-pages';
import type { PolicyWords } from './words';

export type PageGroup = 'mail_policies' | 'network' | 'system';

export interface PolicyPage {
    path: string;
    group: PageGroup;
    name(words: PolicyWords): string;
    /** `parts`: what stands behind `path` in the address, decoded. */
    show(parts: string[]): JSX.Element;
    /** Reached by the bar of pending changes, not by the menu. */
    is_hidden?: boolean;
}

export const policy_pages: readonly PolicyPage[] = [
    { path: '/portal/policies/hat', group: 'mail_policies', name: (words) => words.hat, show: (parts) => <HatPage parts={parts} /> },
    { path: '/portal/policies/mail-flow', group: 'mail_policies', name: (words) => words.flow, show: (parts) => <FlowPage parts={parts} /> },
    ...other_pages,
    { path: '/portal/policies/commit', group: 'mail_policies', name: (words) => words.commit, show: (parts) => <CommitPage parts={parts} />, is_hidden: true },
];
