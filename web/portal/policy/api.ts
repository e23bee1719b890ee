// The gateway's administration API as doc/spec/policy-api.md states it, typed.

import { ask, request } from '../../shared/http';

export type Value = string | number | boolean | string[];
export type Values = Record<string, Value>;

export type ListenerKind = 'public' | 'private' | 'submission';

export interface Listener {
    name: string;
    kind: ListenerKind;
}

export type SectionName =
    | 'mail_flow_policy' | 'listener_defaults' | 'sender_group' | 'recipient' | 'route' | 'destination' | 'exception' | 'bounce_profile'
    | 'address_list' | 'alias' | 'masquerade' | 'domain_map' | 'encryption_profile' | 'encryption_rule';

export type KeyType = 'text' | 'number' | 'flag' | 'texts' | 'size' | 'duration' | 'choice' | 'choices' | 'domain';

/** What a key of a section takes; the pages' forms are made of these. */
export interface Key {
    name: string;
    type: KeyType;
    words: string[] | null;
    fallback: Value | null;
    example: Value | null;
    doc: string;
    required: boolean;
    least: number | null;
    most: number | null;
    inherits: boolean;
}

export type RowState = 'same' | 'added' | 'changed';

export interface Row {
    id: string;
    line: number | null;
    state: RowState;
    values: Values;
    predefined: boolean;
    /** Of sender groups only, whose values leave the senders out. */
    sender_count?: number;
    first_senders?: string[];
    /** Of sender groups only: the number that counts, also when the document writes none. */
    order?: number;
}

export interface Section {
    edition: string;
    keys: Key[];
    rows: Row[];
    total: number;
}

/** What is wrong, or worth knowing; `section`, `row` (an id) and `field` (a key) where the place is known. */
export interface PolicyProblem {
    line: number;
    key: string;
    what: string;
    hint: string;
    /** For pages in another language: the codes of `what` and `hint`, and what is filled in there. */
    what_code?: string;
    what_facts?: Record<string, string>;
    hint_code?: string;
    hint_facts?: Record<string, string>;
    section: string | null;
    row: string | null;
    field: string | null;
}

export interface ChangedKey {
    name: string;
    before: Value | null;
    after: Value | null;
    /** How many entries a list has that is cut here. */
    before_count?: number;
    after_count?: number;
}

export interface Change {
    section: SectionName;
    row: string;
    kind: 'added' | 'removed' | 'changed' | 'moved';
    keys: ChangedKey[];
    senders: { added: string[]; removed: string[]; added_count: number; removed_count: number } | null;
}

export interface Pending {
    author: string;
    time: string;
    base: number;
    changes: Change[];
    count: number;
}

export interface PolicyState {
    edition: string;
    version: number;
    listeners: Listener[];
    pending: Pending | null;
}

export type Origin = 'policy' | 'listener' | 'default';

export interface Parameter {
    name: string;
    value: Value | null;
    from: Origin;
    inherited: Value | null;
    inherited_from: Origin;
}

export interface ParameterList {
    policy: string | null;
    listener: string;
    behavior: string;
    parameters: Parameter[];
}

export interface Sender {
    text: string;
    comment: string;
}

export interface SenderPage {
    edition: string;
    senders: Sender[];
    total: number;
    next: number | null;
}

export interface FoundSender {
    group: string;
    listener: string;
    order: number;
    policy: string | null;
    sender: string;
    comment: string;
}

/** Verdicts on pasted lines: 1,000 at most, of more lines the refused ones first; the counts have them all. */
export interface SenderVerdicts {
    senders: SenderVerdict[];
    sender_counts?: { ok: number; duplicate: number; refused: number };
}

export interface SenderVerdict {
    line: number;
    written: string;
    sender: string;
    comment: string;
    result: 'ok' | 'duplicate' | 'refused';
    note: string;
    note_code?: string;
    note_facts?: Record<string, string>;
}

/** One step of `edit`; all steps of a call are taken, or none. */
export type Edit =
    | { do: 'put'; section: SectionName; row?: string; values: Record<string, Value>; before?: string }
    | { do: 'remove'; section: SectionName; row: string }
    | { do: 'move'; section: SectionName; row: string; to: number }
    | { do: 'add_senders'; row: string; text: string }
    | { do: 'remove_senders'; row: string; senders: string[] };

export interface Edited {
    edition: string;
    result: 'staged' | 'unchanged';
    warnings: PolicyProblem[];
    senders: SenderVerdict[];
    sender_counts?: SenderVerdicts['sender_counts'];
}

export interface Commit {
    version: number;
    time: string;
    author: string;
    comment: string;
}

export interface Moved {
    before: string;
    after: string;
    connections: number;
    messages: number;
}

export interface Fate {
    group: string;
    policy: string;
    verdict: string;
}

export interface PreviewExample {
    time: string;
    listener: string;
    ip: string;
    host: string | null;
    sender: string;
    recipient: string;
    before: Fate;
    after: Fate;
}

export interface Preview {
    connections: number;
    messages: number;
    since: string | null;
    until: string | null;
    different: { connections: number; messages: number };
    groups: Moved[];
    policies: Moved[];
    verdicts: Moved[];
    examples: PreviewExample[];
}

export type HostState = 'verified' | 'none' | 'temporary' | 'mismatch';

/** Facts of a connecting host, as `hat-check` and `trace` take them. */
export interface HostQuestion {
    listener: string;
    ip: string;
    host?: string;
    host_state?: HostState;
    listed?: string[];
    country?: string;
    reputation?: number;
    staged: boolean;
}

export interface TraceQuestion extends HostQuestion {
    helo?: string;
    mail_from: string;
    rcpt_to: string[];
    message?: string;
    tls?: boolean;
    user?: string;
    ask_dns?: boolean;
}

export interface TraceStep {
    stage: string;
    title: string;
    verdict: string;
    result: 'ok' | 'refused' | 'undecided' | 'skipped';
    facts: { name: string; value: string; from?: string }[];
    reply?: string;
}

export interface Trace {
    steps: TraceStep[];
    outcome: 'accepted' | 'refused' | 'undecided';
    recipients: { address: string; outcome: string; reply?: string }[];
}

const root = '/api/v1/policy';

function search(facts: Record<string, string | number | boolean | undefined>): string {
    const given = Object.entries(facts).filter(([, value]) => value !== undefined);
    return given.length ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : '';
}

/** Every call of the gateway's administration API. `csrf` is the token of the administrator's session. */
export class PolicyClient {
    constructor(private readonly csrf: () => string | null) {}

    state(): Promise<PolicyState> {
        return ask(`${root}/state`);
    }

    section(section: SectionName, choice: { listener?: string; staged?: boolean } = {}): Promise<Section> {
        return ask(`${root}/sections/${section}${search(choice)}`);
    }

    parameters(listener: string, policy?: string): Promise<ParameterList> {
        return ask(`${root}/parameters${search({ listener, policy })}`);
    }

    senders(listener: string, group: string, choice: { find?: string; from?: number; most?: number } = {}): Promise<SenderPage> {
        return ask(`${root}/sender-groups/${encodeURIComponent(listener)}/${encodeURIComponent(group)}/senders${search(choice)}`);
    }

    findSenders(listener: string, text: string): Promise<{ found: FoundSender[]; total: number }> {
        return ask(`${root}/find-senders${search({ text, listener })}`);
    }

    /** What is staged; with `to` alone what that commit changed. */
    changes(range?: { from?: number; to: number }): Promise<{ changes: Change[]; count: number; difference: string }> {
        return ask(`${root}/changes${search({ ...range })}`);
    }

    history(before?: number, most?: number): Promise<{ commits: Commit[]; next: number | null }> {
        return ask(`${root}/history${search({ before, most })}`);
    }

    async export(staged: boolean): Promise<string> {
        return (await request(`${root}/export${search({ staged })}`)).text();
    }

    warnings(): Promise<{ warnings: PolicyProblem[]; pending: boolean }> {
        return ask(`${root}/warnings`);
    }

    preview(last: number): Promise<Preview> {
        return ask(`${root}/preview${search({ last })}`);
    }

    edit(edition: string, changes: readonly Edit[]): Promise<Edited> {
        return this.post('edit', { edition, changes });
    }

    checkSenders(row: string | null, text: string): Promise<SenderVerdicts> {
        return this.post('check-senders', { row, text });
    }

    preset(edition: string, name: string, listener?: string): Promise<Edited> {
        return this.post('preset', { edition, name, listener });
    }

    import(edition: string, format: 'toml' | 'hat', text: string, listener?: string): Promise<Edited> {
        return this.post('import', { edition, format, text, listener });
    }

    discard(edition: string): Promise<{ edition: string }> {
        return this.post('discard', { edition });
    }

    commit(edition: string, comment: string): Promise<{ version: number; edition: string }> {
        return this.post('commit', { edition, comment });
    }

    rollback(edition: string, version: number): Promise<{ version: number; edition: string }> {
        return this.post('rollback', { edition, version });
    }

    hatCheck(question: HostQuestion): Promise<Record<string, unknown>> {
        return this.post('hat-check', question);
    }

    trace(question: TraceQuestion): Promise<Trace> {
        return this.post('trace', question);
    }

    private post<T>(name: string, json: unknown): Promise<T> {
        return ask(`${root}/${name}`, { method: 'POST', json, csrf: this.csrf() });
    }
}
