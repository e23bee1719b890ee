// The demo's own API as doc/spec/demo-api.md states it, typed.

import type { Schemas } from '../shared/service';
import type { FailureChoice } from '../shared/tls/facts';
import { ask, request } from '../shared/http';

export interface DemoMailbox {
    address: string;
    name: string;
    organisation: string;
    messages: number;
}

export type StepName =
    | 'sent' | 'notified' | 'opened' | 'replied_sealed' | 'tls_on' | 'replied_clear' | 'certificate_swapped' | 'failure_seen';

export interface DemoSwitches {
    tls_replies: boolean;
    certificate: 'signed' | 'self_signed';
    on_failure: FailureChoice;
}

export interface DemoState {
    service_url: string;
    portal: { url: string; name: string; password: string };
    mailboxes: DemoMailbox[];
    smtp: { submission: string; public: string; user: string; password: string };
    switches: DemoSwitches;
    steps: Record<StepName, boolean>;
    last_delivery: (Omit<Schemas['DeliveryRow'], 'id' | 'time'> & { at: string }) | null;
}

export interface MessageSummary {
    n: number;
    from: string;
    subject: string;
    at: string;
    size: number;
    has_page: boolean;
    tls: Schemas['TlsFacts'] | null;
}

export interface Draft {
    from: string;
    to: string;
    subject: string;
    text: string;
    files: readonly File[];
}

export function mailboxPath(address: string): string {
    return `/demo/mailboxes/${encodeURIComponent(address)}/messages`;
}

export function pagePath(address: string, n: number): string {
    return `${mailboxPath(address)}/${n}/page`;
}

export const demo = {
    state: () => ask<DemoState>('/demo/state'),

    async messages(address: string): Promise<MessageSummary[]> {
        return (await ask<{ messages: MessageSummary[] }>(mailboxPath(address))).messages;
    },

    summary: (address: string, n: number) => ask<MessageSummary>(`${mailboxPath(address)}/${n}`),

    async raw(address: string, n: number): Promise<Uint8Array<ArrayBuffer>> {
        const response = await request(`${mailboxPath(address)}/${n}/raw`);
        return new Uint8Array(await response.arrayBuffer());
    },

    send(draft: Draft): Promise<{ reply: string }> {
        const form = new FormData();
        for (const field of ['from', 'to', 'subject', 'text'] as const) form.append(field, draft[field]);
        for (const file of draft.files) form.append('attachment', file, file.name);
        return ask('/demo/send', { method: 'POST', form });
    },

    flip<Name extends keyof DemoSwitches>(name: Name, value: DemoSwitches[Name]): Promise<DemoState> {
        return ask('/demo/switch', { method: 'POST', json: { name, value } });
    },
};
